package dev.millrace.policy;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.WireFormatException;
import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.runtime.StageContext;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The log of manifests, read by us. */
final class ManifestLog {

  private static final Logger LOG = LoggerFactory.getLogger(ManifestLog.class);

  /** Closing a consumer waits for a fetch that waits at the end of the log. */
  private static final Duration SHORT = Duration.ofMillis(10);

  private static final Duration POLL = Duration.ofMillis(100);

  private final StageContext context;
  private final TopicPartition partition;
  private final AvroSerde<PolicyVersion> serde;

  ManifestLog(StageContext context) {
    this.context = context;
    this.partition = new TopicPartition(context.topics().policyVersions().name(), 0);
    this.serde = new AvroSerde<>(context.registry(), context.topics().policyVersions());
  }

  TopicPartition partition() {
    return partition;
  }

  /** A consumer at the beginning of the log that stays, which the caller closes. */
  Consumer<byte[], byte[]> follow(String clientId) {
    return open(clientId, Duration.ofMillis(500));
  }

  private Consumer<byte[], byte[]> open(String clientId, Duration longestFetch) {
    Map<String, Object> map = context.kafka().reader(clientId);
    map.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, (int) longestFetch.toMillis());
    map.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    var consumer =
        new KafkaConsumer<>(map, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    consumer.assign(List.of(partition));
    consumer.seekToBeginning(List.of(partition));
    return consumer;
  }

  /**
   * The manifest of a record that has one; a damaged one is skipped, and said so.
   *
   * @throws dev.millrace.contracts.registry.RegistryException if the registry does not answer: the
   *     same record may be read later
   */
  Optional<PolicyVersion> read(ConsumerRecord<byte[], byte[]> record) {
    try {
      return Optional.of(serde.read(record.value()));
    } catch (WireFormatException e) {
      LOG.warn(
          "manifest skipped topic={} offset={} error=\"{}\"",
          record.topic(),
          record.offset(),
          e.getMessage());
      return Optional.empty();
    }
  }

  /**
   * Every manifest that is committed, by policy and version.
   *
   * @param upTo read until this offset, where it is given, and wait for the transactions that have
   *     written before it; otherwise until what is committed now
   * @throws PolicyException if that takes longer than the deadline
   */
  NavigableMap<String, NavigableMap<Long, PolicyVersion>> readAll(
      OptionalLong upTo, Deadline deadline) {
    NavigableMap<String, NavigableMap<Long, PolicyVersion>> found = new TreeMap<>();
    try (var consumer = open("policy-versions", SHORT)) {
      long end =
          upTo.orElseGet(
              () -> consumer.endOffsets(List.of(partition), deadline.left()).get(partition));
      while (consumer.position(partition, deadline.left()) < end) {
        if (deadline.passed()) {
          throw new PolicyException(
              PolicyException.Reason.TIMEOUT,
              "%s was read to offset %d of %d within %s"
                  .formatted(partition, consumer.position(partition), end, deadline));
        }
        for (var record : consumer.poll(POLL)) {
          Keys.parse(record.key()).ifPresent(key -> put(found, key, record));
        }
      }
    }
    return found;
  }

  private void put(
      NavigableMap<String, NavigableMap<Long, PolicyVersion>> found,
      Keys.Parsed key,
      ConsumerRecord<byte[], byte[]> record) {
    var versions = found.computeIfAbsent(key.policy(), policy -> new TreeMap<>());
    if (record.value() == null) {
      versions.remove(key.version());
    } else {
      read(record).ifPresent(manifest -> versions.put(key.version(), manifest));
    }
  }
}
