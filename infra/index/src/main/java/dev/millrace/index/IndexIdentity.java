package dev.millrace.index;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * What an index holds, stored in its {@code _meta}. Entries of different identities never stand in
 * one index.
 *
 * @param model id of the embedding model
 * @param dimension of its vectors
 * @param mapping version of the mappings of this package
 * @param log where revisions come from
 */
public record IndexIdentity(String model, int dimension, int mapping, LogIdentity log) {

  /** The mappings that this build writes; grows with every change to them. */
  public static final int MAPPING = 1;

  public IndexIdentity {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(log, "log");
    if (dimension < 1) {
      throw new IllegalArgumentException("dimension must be 1 or more: " + dimension);
    }
  }

  public static IndexIdentity of(String model, int dimension, LogIdentity log) {
    return new IndexIdentity(model, dimension, MAPPING, log);
  }

  /** What is different in {@code other}, in words for the operator; empty when nothing is. */
  String differences(IndexIdentity other) {
    List<String> found = new ArrayList<>();
    compare(found, "embedding model", model, other.model);
    compare(found, "dimension", dimension, other.dimension);
    compare(found, "mapping version", mapping, other.mapping);
    compare(found, "Kafka cluster", log.cluster(), other.log.cluster());
    compare(found, "documents topic", log.topic(), other.log.topic());
    compare(found, "id of the documents topic", log.topicId(), other.log.topicId());
    compare(found, "partitions of the documents topic", log.partitions(), other.log.partitions());
    return String.join(", ", found);
  }

  private static void compare(List<String> found, String what, Object mine, Object others) {
    if (!mine.equals(others)) {
      found.add("%s %s instead of %s".formatted(what, others, mine));
    }
  }
}
