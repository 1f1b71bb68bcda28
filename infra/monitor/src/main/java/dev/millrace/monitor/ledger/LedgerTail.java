package dev.millrace.monitor.ledger;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.WireFormatException;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.runtime.RetriableException;
import dev.millrace.runtime.StageContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The entries of the ledger, committed ones only, in their order, as they are written: those of one
 * run or of all. The ledger need not exist yet, and the broker may be away for a while. Belongs to
 * the thread that polls.
 */
public final class LedgerTail implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(LedgerTail.class);
  private static final Duration ANSWER = Duration.ofSeconds(15);
  private static final Duration MISSING = Duration.ofMillis(200);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final AvroSerde<TrainingStep> serde;
  private final TopicPartition partition;
  private final Optional<String> run;
  private final long newest;
  private boolean assigned;

  private LedgerTail(StageContext context, Optional<String> run, long newest) {
    Map<String, Object> config = context.kafka().reader("millrace-ledger-tail");
    config.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 100);
    config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 200);
    config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    config.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, Math.toIntExact(ANSWER.toMillis()));
    this.consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    this.serde = new AvroSerde<>(context.registry(), context.topics().trainingLedger());
    this.partition = new TopicPartition(context.topics().trainingLedger().name(), 0);
    this.run = run;
    this.newest = newest;
  }

  /** All entries of one run, from its beginning on. */
  public static LedgerTail of(StageContext context, String run) {
    return new LedgerTail(context, Optional.of(run), Long.MAX_VALUE);
  }

  /** The entries of all runs, from the beginning on. */
  public static LedgerTail all(StageContext context) {
    return new LedgerTail(context, Optional.empty(), Long.MAX_VALUE);
  }

  /** The entries of all runs, from about {@code entries} before the end on. */
  public static LedgerTail newest(StageContext context, long entries) {
    return new LedgerTail(context, Optional.empty(), entries);
  }

  /**
   * The next entries: at once when there are some, else as soon as one comes, none after {@code
   * wait}. A record that cannot be read is logged and passed over; the audit names it.
   *
   * @throws RetriableException when Kafka does not answer at all; poll again
   */
  public List<TrainingStep> poll(Duration wait) {
    long end = System.nanoTime() + wait.toNanos();
    try {
      List<TrainingStep> entries = new ArrayList<>();
      do {
        if (!assigned && !assign()) {
          LockSupport.parkNanos(Math.min(MISSING.toNanos(), Math.max(0, end - System.nanoTime())));
          continue;
        }
        Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
        consumer.poll(left).forEach(record -> read(record.offset(), record.value(), entries));
      } while (entries.isEmpty()
          && System.nanoTime() < end
          && !Thread.currentThread().isInterrupted());
      return entries;
    } catch (InterruptException e) {
      Thread.currentThread().interrupt();
      return List.of();
    } catch (KafkaException e) {
      throw new RetriableException(
          "Kafka does not answer questions about topic "
              + partition.topic()
              + ": "
              + e.getMessage(),
          e);
    }
  }

  /**
   * True when everything that was written before this call has been polled.
   *
   * @throws RetriableException when Kafka does not answer
   */
  public boolean isAtEnd() {
    try {
      return !assigned
          ? !assign()
          : consumer.position(partition) >= consumer.endOffsets(List.of(partition)).get(partition);
    } catch (KafkaException e) {
      throw new RetriableException(
          "Kafka does not answer questions about topic "
              + partition.topic()
              + ": "
              + e.getMessage(),
          e);
    }
  }

  private boolean assign() {
    var found = consumer.partitionsFor(partition.topic());
    if (found == null || found.isEmpty()) {
      return false;
    }
    List<TopicPartition> one = List.of(partition);
    consumer.assign(one);
    long begin = consumer.beginningOffsets(one).get(partition);
    long from =
        newest == Long.MAX_VALUE
            ? begin
            : Math.max(begin, consumer.endOffsets(one).get(partition) - newest);
    consumer.seek(partition, from);
    assigned = true;
    return true;
  }

  private void read(long offset, byte[] value, List<TrainingStep> entries) {
    try {
      if (value != null) {
        TrainingStep entry = serde.read(value);
        if (run.isEmpty() || run.get().equals(entry.getRun())) {
          entries.add(entry);
        }
      }
    } catch (WireFormatException e) {
      LOG.warn("entry passed over origin={}@{} error=\"{}\"", partition, offset, e.getMessage());
    }
  }

  @Override
  public void close() {
    consumer.close(CloseOptions.timeout(Duration.ofSeconds(1)));
  }
}
