package dev.millrace.index;

import java.util.Objects;

/**
 * Which log an index was filled from. Revisions are offsets of the documents topic, so they grow
 * for one topic with one number of partitions only; another log needs another index.
 *
 * @param cluster id of the Kafka cluster
 * @param topic name of the documents topic
 * @param topicId id of that topic: a topic deleted and created again has another
 * @param partitions their number
 */
public record LogIdentity(String cluster, String topic, String topicId, int partitions) {

  public LogIdentity {
    Objects.requireNonNull(cluster, "cluster");
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(topicId, "topicId");
    if (partitions < 1) {
      throw new IllegalArgumentException("partitions must be 1 or more: " + partitions);
    }
  }
}
