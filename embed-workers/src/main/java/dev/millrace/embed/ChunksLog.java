package dev.millrace.embed;

import dev.millrace.contracts.Topics;
import dev.millrace.index.LogIdentity;
import dev.millrace.runtime.KafkaSettings;
import dev.millrace.runtime.RetriableException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** What the stage asks the broker about its topics and how far its group has come. */
final class ChunksLog implements AutoCloseable {

  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private final KafkaSettings kafka;
  private final Topics topics;
  private final String clientId;
  private final Admin admin;

  ChunksLog(KafkaSettings kafka, Topics topics, String clientId) {
    this.kafka = kafka;
    this.topics = topics;
    this.clientId = clientId;
    this.admin = Admin.create(kafka.admin(clientId + "-admin"));
  }

  /**
   * Which log revisions come from.
   *
   * @throws RetriableException when the broker is away or a topic is not there yet
   */
  LogIdentity identity() {
    String documents = topics.documents().name();
    String cluster = await(admin.describeCluster().clusterId(), "ask for the cluster's id");
    describe(topics.chunks().name());
    TopicDescription found = describe(documents);
    return new LogIdentity(
        cluster, documents, found.topicId().toString(), found.partitions().size());
  }

  private TopicDescription describe(String topic) {
    try {
      return await(
          admin.describeTopics(List.of(topic)).topicNameValues().get(topic),
          "describe topic " + topic);
    } catch (UnknownTopicOrPartitionException e) {
      throw new RetriableException(
          "topic " + topic + " does not exist: create the topics first (millrace up does)", e);
    }
  }

  /** The ends of the partitions of the chunks topic, as a reader of committed records sees them. */
  Map<TopicPartition, Long> ends() {
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    describe(topics.chunks().name())
        .partitions()
        .forEach(
            p ->
                wanted.put(
                    new TopicPartition(topics.chunks().name(), p.partition()),
                    OffsetSpec.latest()));
    Map<TopicPartition, ListOffsetsResultInfo> found =
        await(
            admin.listOffsets(wanted, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED)).all(),
            "ask for the end of " + topics.chunks().name());
    Map<TopicPartition, Long> ends = new HashMap<>();
    found.forEach((partition, info) -> ends.put(partition, info.offset()));
    return ends;
  }

  /** True when {@code group} has read and committed everything before {@code ends}. */
  boolean reached(String group, Map<TopicPartition, Long> ends) {
    Map<TopicPartition, OffsetAndMetadata> committed =
        await(
            admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata(),
            "ask for the offsets of group " + group);
    Map<TopicPartition, Long> open = new HashMap<>();
    ends.forEach(
        (partition, end) -> {
          OffsetAndMetadata at = committed.get(partition);
          long position = at == null ? 0 : at.offset();
          if (position < end) {
            open.put(partition, position);
          }
        });
    return open.isEmpty() || nothingBetween(open, ends);
  }

  /**
   * A committed offset may stop short of the end for good: what lies between may be transaction
   * markers, aborted or compacted records, which no reader gets.
   */
  private boolean nothingBetween(Map<TopicPartition, Long> from, Map<TopicPartition, Long> ends) {
    Map<String, Object> config = kafka.reader(clientId + "-lag");
    config.put("max.poll.records", 1);
    try (var consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.assign(from.keySet());
      from.forEach(consumer::seek);
      long deadline = System.nanoTime() + Duration.ofSeconds(5).toNanos();
      while (System.nanoTime() < deadline) {
        for (var record : consumer.poll(Duration.ofMillis(100))) {
          if (record.offset() < ends.get(new TopicPartition(record.topic(), record.partition()))) {
            return false;
          }
        }
        if (from.keySet().stream().allMatch(p -> consumer.position(p) >= ends.get(p))) {
          return true;
        }
      }
      return false;
    }
  }

  private static <T> T await(KafkaFuture<T> future, String what) {
    try {
      return future.get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException cause) {
        throw cause;
      }
      throw new RetriableException("cannot " + what + ": " + e.getCause().getMessage(), e);
    } catch (TimeoutException | KafkaException e) {
      throw new RetriableException("cannot " + what + ": Kafka does not answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptException(what);
    }
  }

  @Override
  public void close() {
    admin.close(Duration.ofSeconds(5));
  }
}
