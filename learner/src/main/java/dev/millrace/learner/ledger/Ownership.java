package dev.millrace.learner.ledger;

import dev.millrace.runtime.RetriableException;
import dev.millrace.runtime.StageContext;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;

/**
 * Who owns a run: every offset that a learner commits carries its name. A producer whose
 * transaction the broker has ended cannot tell whether it was too slow or was replaced; this tells.
 */
final class Ownership {

  private final StageContext context;
  private final String group;
  private final Duration deadline;

  Ownership(StageContext context, String group, Duration deadline) {
    this.context = context;
    this.group = group;
    this.deadline = deadline;
  }

  /** What was last committed, by partition of scored-samples. */
  Map<Integer, OffsetAndMetadata> committed() {
    try (var admin = Admin.create(context.kafka().admin("learner-owner"))) {
      String topic = context.topics().scoredSamples().name();
      Map<Integer, OffsetAndMetadata> found = new TreeMap<>();
      Map<TopicPartition, OffsetAndMetadata> all =
          admin
              .listConsumerGroupOffsets(group)
              .partitionsToOffsetAndMetadata()
              .get(deadline.toMillis(), TimeUnit.MILLISECONDS);
      all.forEach(
          (partition, offset) -> {
            if (offset != null && partition.topic().equals(topic)) {
              found.put(partition.partition(), offset);
            }
          });
      return found;
    } catch (ExecutionException | TimeoutException e) {
      throw new RetriableException("offsets of group " + group + " cannot be read: " + e, e);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  /** The owner's name, if the run was ever owned. */
  Optional<String> owner() {
    return committed().values().stream()
        .map(OffsetAndMetadata::metadata)
        .filter(name -> !name.isEmpty())
        .findFirst();
  }
}
