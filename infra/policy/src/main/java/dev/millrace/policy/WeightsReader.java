package dev.millrace.policy;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.runtime.StageContext;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteBufferDeserializer;

/** Reads the bytes of versions. One connection, kept between versions; for one thread at a time. */
final class WeightsReader implements AutoCloseable {

  /** Takes the bytes of a version in. */
  interface Sink {

    /**
     * Adds what follows.
     *
     * @throws PolicyException if it is not what should follow
     */
    void add(ByteBuffer bytes);

    /** Bytes that were added. */
    long received();

    /** Whether these are all. */
    boolean isWhole();

    /** Says that no more will come, and why. */
    void fail(RuntimeException cause);

    /** Whether nobody wants more. */
    boolean failed();
  }

  private static final AtomicInteger COUNTER = new AtomicInteger();
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration ASIDE = Duration.ofSeconds(5);

  private final String topic;
  private final KafkaConsumer<byte[], ByteBuffer> consumer;

  WeightsReader(StageContext context) {
    this.topic = context.topics().policyWeights().name();
    Map<String, Object> map = context.kafka().reader("policy-loader-" + COUNTER.incrementAndGet());
    // A version that has been pruned is an error here, not a reason to read another one.
    map.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    map.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    map.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 8 * PolicyPublisher.RECORD_BYTES);
    map.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 16 * PolicyPublisher.RECORD_BYTES);
    map.put(ConsumerConfig.RECEIVE_BUFFER_CONFIG, -1);
    // A fetch that waits at the end of the log stands in the way of the next version's.
    map.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, (int) POLL.toMillis());
    this.consumer =
        new KafkaConsumer<>(map, new ByteArrayDeserializer(), new ByteBufferDeserializer());
  }

  /** Fills {@code into} until it is whole, or fails it. Never throws. */
  void read(PolicyVersion manifest, Deadline deadline, Sink into) {
    TopicPartition partition = new TopicPartition(topic, manifest.getPartition());
    try {
      fill(manifest, partition, deadline, into);
    } catch (OffsetOutOfRangeException e) {
      into.fail(outOfRange(manifest, partition, e));
    } catch (KafkaException | PolicyException e) {
      into.fail(e);
    } catch (RuntimeException e) {
      into.fail(
          new IllegalStateException(Manifests.describe(manifest) + " cannot be read: " + e, e));
    }
  }

  private void fill(
      PolicyVersion manifest, TopicPartition partition, Deadline deadline, Sink into) {
    byte[] key = Keys.of(manifest);
    if (!consumer.assignment().contains(partition)) {
      consumer.assign(List.of(partition));
    }
    consumer.seek(partition, manifest.getFirstOffset());
    while (!into.isWhole() && !into.failed()) {
      var records = consumer.poll(POLL);
      for (var record : records.records(partition)) {
        // Others write to the same partition at the same time.
        if (record.offset() <= manifest.getLastOffset() && Arrays.equals(record.key(), key)) {
          into.add(record.value());
        }
      }
      if (!into.isWhole() && consumer.position(partition, ASIDE) > manifest.getLastOffset()) {
        throw new PolicyException(
            PolicyException.Reason.TRUNCATED,
            "%s: the log holds %d of its %d bytes"
                .formatted(Manifests.describe(manifest), into.received(), manifest.getBytes()));
      }
      if (!into.isWhole() && deadline.passed()) {
        throw late(manifest, partition, deadline, into);
      }
    }
  }

  private PolicyException late(
      PolicyVersion manifest, TopicPartition partition, Deadline deadline, Sink into) {
    String reason = "";
    try {
      long stable = consumer.endOffsets(List.of(partition), ASIDE).get(partition);
      if (stable <= manifest.getLastOffset()) {
        reason =
            "; committed is offset %d of %d: the open transaction of another producer may hold up"
                .formatted(stable, manifest.getLastOffset());
      }
    } catch (KafkaException e) {
      reason = "; the broker does not answer: " + e.getMessage();
    }
    return new PolicyException(
        PolicyException.Reason.TIMEOUT,
        "%s: %d of its %d bytes came within %s%s"
            .formatted(
                Manifests.describe(manifest),
                into.received(),
                manifest.getBytes(),
                deadline,
                reason));
  }

  private RuntimeException outOfRange(
      PolicyVersion manifest, TopicPartition partition, OffsetOutOfRangeException cause) {
    String what = Manifests.describe(manifest);
    try {
      long first = consumer.beginningOffsets(List.of(partition), ASIDE).get(partition);
      if (first > manifest.getFirstOffset()) {
        return new PolicyException(
            PolicyException.Reason.PRUNED,
            "%s is no longer in the log: it began at offset %d of %s, which now begins at %d"
                .formatted(what, manifest.getFirstOffset(), partition, first),
            cause);
      }
      return new PolicyException(
          PolicyException.Reason.TRUNCATED,
          "%s: %s ends before its offset %d: was the topic made anew?"
              .formatted(what, partition, manifest.getFirstOffset()),
          cause);
    } catch (KafkaException e) {
      return e;
    }
  }

  @Override
  public void close() {
    consumer.close(org.apache.kafka.clients.consumer.CloseOptions.timeout(Duration.ofSeconds(1)));
  }
}
