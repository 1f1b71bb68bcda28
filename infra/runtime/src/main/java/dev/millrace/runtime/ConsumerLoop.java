package dev.millrace.runtime;

import dev.millrace.contracts.Topic;
import dev.millrace.contracts.WireFormatException;
import dev.millrace.contracts.registry.RegistryException;
import dev.millrace.runtime.control.Gate;
import dev.millrace.runtime.tracing.Tracing;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads one topic as a member of a consumer group, hands batches to a handler and commits after the
 * handler returned. One thread, owned by the loop.
 *
 * <p>What can go wrong, and what happens:
 *
 * <ul>
 *   <li>A record cannot be decoded, or the handler says that it is {@linkplain
 *       PoisonedRecordException poisoned}: dead letter, the loop goes on.
 *   <li>The handler fails on a batch in another way: its records are tried one by one, and those
 *       that fail alone are poisoned.
 *   <li>Something outside is away ({@link RetriableException}): the partitions are paused, the same
 *       batch is tried again with growing waits, and the consumer keeps polling, so that it stays
 *       in its group however long it takes. Nothing is skipped.
 *   <li>An operator pauses the stage: the batch in hand is finished, and the consumer goes on
 *       polling with its partitions paused, a member of its group.
 * </ul>
 */
public final class ConsumerLoop<V> implements AutoCloseable {

  /** Decodes a record's value. */
  @FunctionalInterface
  public interface Decoder<V> {
    V decode(byte[] value);
  }

  /** Does the work for a batch; every effect must be safe to repeat. */
  @FunctionalInterface
  public interface Handler<V> {
    /** Returns when all of {@code batch} has its effect and is acknowledged by whoever holds it. */
    void handle(List<Delivery<V>> batch);
  }

  private static final Logger LOG = LoggerFactory.getLogger(ConsumerLoop.class);
  private static final Duration POLL = Duration.ofMillis(200);

  private final String stage;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final String topic;
  private final Decoder<V> decoder;
  private final Handler<V> handler;
  private final DeadLetters deadLetters;
  private final Tracing tracing;
  private final Gate gate;

  /** Partitions of ours that records were handled from, with what was committed of them. */
  private final Map<TopicPartition, Long> worked = new HashMap<>();

  private final Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5));
  private final Thread thread;
  private final AtomicBoolean stopping = new AtomicBoolean();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicReference<StageHealth> health =
      new AtomicReference<>(new StageHealth.Starting("joining the consumer group"));

  /**
   * @param stage names the loop in threads, logs, traces and dead letters
   * @param consumerConfig from {@link KafkaSettings#consumer}, with {@code max.poll.records} as the
   *     bound of a batch
   */
  public ConsumerLoop(
      String stage,
      StageContext context,
      Map<String, Object> consumerConfig,
      Topic<V> topic,
      Decoder<V> decoder,
      Handler<V> handler,
      DeadLetters deadLetters) {
    this.stage = Objects.requireNonNull(stage, "stage");
    this.tracing = context.tracing();
    this.gate = context.controls().gate(stage);
    this.topic = topic.name();
    this.decoder = Objects.requireNonNull(decoder, "decoder");
    this.handler = Objects.requireNonNull(handler, "handler");
    this.deadLetters = Objects.requireNonNull(deadLetters, "deadLetters");
    this.consumer =
        new KafkaConsumer<>(
            consumerConfig, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    this.thread = Thread.ofPlatform().name(stage + "-loop").daemon().unstarted(this::run);
  }

  /** Starts the loop's thread. */
  public void start() {
    thread.start();
  }

  public StageHealth health() {
    return health.get();
  }

  /**
   * Finishes the batch in hand, commits and ends.
   *
   * @return false when the deadline passed first
   */
  public boolean drain(Duration deadline) {
    stopping.set(true);
    try {
      return thread.getState() == Thread.State.NEW
          || ended.await(deadline.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void close() {
    stopping.set(true);
    if (thread.getState() == Thread.State.NEW) {
      consumer.close();
      return;
    }
    consumer.wakeup();
    if (!drain(Duration.ofSeconds(10))) {
      thread.interrupt();
    }
  }

  private void run() {
    try (consumer) {
      consumer.subscribe(List.of(topic), new Paused());
      while (!stopping.get()) {
        obey();
        var records = consumer.poll(POLL);
        if (health.get() instanceof StageHealth.Starting && !consumer.assignment().isEmpty()) {
          health.set(new StageHealth.Ready());
        }
        if (!records.isEmpty()) {
          List<ConsumerRecord<byte[], byte[]>> batch = new ArrayList<>(records.count());
          records.forEach(batch::add);
          if (untilDone(batch)) {
            batch.forEach(
                record ->
                    worked.putIfAbsent(
                        new TopicPartition(record.topic(), record.partition()), record.offset()));
            commit();
          }
        } else {
          commit();
        }
      }
      health.set(new StageHealth.Stopped());
    } catch (WakeupException e) {
      health.set(new StageHealth.Stopped());
    } catch (KafkaException | RetriableException | IllegalStateException e) {
      LOG.error("loop ended stage={} topic={} error=\"{}\"", stage, topic, e.toString());
      health.set(new StageHealth.Failed(e.toString()));
    } finally {
      ended.countDown();
    }
  }

  /** Paused partitions give nothing, and the consumer stays in its group. */
  private void obey() {
    if (gate.isOpen()) {
      consumer.resume(consumer.paused());
    } else {
      consumer.pause(consumer.assignment());
    }
  }

  private boolean untilDone(List<ConsumerRecord<byte[], byte[]>> batch) {
    try (var spans = new BatchSpans(tracing, stage, batch)) {
      return untilDone(batch, spans);
    }
  }

  /** True when the batch is done; false when it is no longer ours, or the loop is to stop. */
  private boolean untilDone(List<ConsumerRecord<byte[], byte[]>> batch, BatchSpans spans) {
    while (true) {
      try {
        handle(batch, spans);
        backoff.reset();
        health.set(new StageHealth.Ready());
        return true;
      } catch (RetriableException
          | RegistryException.Unavailable
          | org.apache.kafka.common.errors.RetriableException e) {
        health.set(new StageHealth.Degraded(e.getMessage()));
        spans.heldUp(e.getMessage());
        Duration wait = backoff.next();
        LOG.warn(
            "held up stage={} retry_in_ms={} error=\"{}\"", stage, wait.toMillis(), e.getMessage());
        if (!stayInGroup(batch, wait)) {
          return false;
        }
      }
    }
  }

  private void handle(List<ConsumerRecord<byte[], byte[]>> batch, BatchSpans spans) {
    List<Delivery<V>> deliveries = new ArrayList<>(batch.size());
    for (var record : batch) {
      try {
        V value = record.value() == null ? null : decoder.decode(record.value());
        deliveries.add(new Delivery<>(record, value, spans.of(record)));
      } catch (WireFormatException e) {
        String reason = e.reason().name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        bury(record, reason, e, spans);
      }
    }
    if (deliveries.isEmpty()) {
      return;
    }
    try {
      handler.handle(List.copyOf(deliveries));
    } catch (RetriableException | KafkaException | RegistryException.Unavailable e) {
      throw e;
    } catch (RuntimeException e) {
      LOG.warn("batch failed, trying one by one stage={} error=\"{}\"", stage, e.toString());
      deliveries.forEach(delivery -> handleAlone(delivery, spans));
    }
  }

  private void handleAlone(Delivery<V> delivery, BatchSpans spans) {
    try {
      handler.handle(List.of(delivery));
    } catch (RetriableException | KafkaException | RegistryException.Unavailable e) {
      throw e;
    } catch (PoisonedRecordException e) {
      bury(delivery.record(), e.reason(), e, spans);
    } catch (RuntimeException e) {
      bury(delivery.record(), "processor-failed", e, spans);
    }
  }

  private void bury(
      ConsumerRecord<byte[], byte[]> record,
      String reason,
      RuntimeException error,
      BatchSpans spans) {
    spans.buried(record, reason);
    deadLetters.write(
        new DeadLetter(
            record.topic(),
            record.partition(),
            record.offset(),
            record.key(),
            record.value(),
            stage,
            reason,
            error.toString()),
        record.headers());
  }

  /**
   * Waits while polling, so that the group does not think us dead.
   *
   * @return false when the loop is to stop, or when a partition of the batch went to another member
   */
  private boolean stayInGroup(List<ConsumerRecord<byte[], byte[]>> batch, Duration wait) {
    long end = System.nanoTime() + wait.toNanos();
    consumer.pause(consumer.assignment());
    try {
      do {
        if (stopping.get()) {
          return false;
        }
        consumer.poll(POLL.compareTo(wait) < 0 ? POLL : wait); // paused: returns nothing
      } while (System.nanoTime() < end);
    } finally {
      consumer.resume(consumer.assignment());
    }
    return stillOurs(batch);
  }

  private boolean stillOurs(List<ConsumerRecord<byte[], byte[]>> batch) {
    var assignment = consumer.assignment();
    boolean ours = true;
    for (var record : batch) {
      ours &= assignment.contains(new TopicPartition(record.topic(), record.partition()));
    }
    if (!ours) {
      rewind(batch);
    }
    return ours;
  }

  /** What we keep of a batch that we partly lost is read again. */
  private void rewind(List<ConsumerRecord<byte[], byte[]>> batch) {
    Map<TopicPartition, Long> first = new HashMap<>();
    for (var record : batch) {
      first.merge(
          new TopicPartition(record.topic(), record.partition()), record.offset(), Math::min);
    }
    first.forEach(
        (partition, offset) -> {
          if (consumer.assignment().contains(partition)) {
            consumer.seek(partition, offset);
          }
        });
  }

  /**
   * Commits positions, not the offsets behind the last records: behind those of an exactly-once
   * producer stand markers that are never handed out, and a group that has read everything would
   * show a lag for ever.
   */
  private void commit() {
    Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
    worked.keySet().retainAll(consumer.assignment());
    worked.forEach(
        (partition, committed) -> {
          long position = consumer.position(partition);
          if (position > committed) {
            next.put(partition, new OffsetAndMetadata(position));
          }
        });
    if (next.isEmpty()) {
      return;
    }
    try {
      consumer.commitSync(next);
      next.forEach((partition, offset) -> worked.put(partition, offset.offset()));
    } catch (CommitFailedException | RebalanceInProgressException e) {
      // The work is done and safe to repeat: whoever owns the partition now repeats it.
      LOG.info("offsets not committed, group is rebalancing stage={}", stage);
    } catch (org.apache.kafka.common.errors.RetriableException e) {
      // The broker is away. The next commit covers this one, or the work is repeated.
      LOG.warn("offsets not committed stage={} error=\"{}\"", stage, e.getMessage());
    }
  }

  /** A partition that arrives while we wait must be paused too, or its records would be lost. */
  private final class Paused implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      if (health.get() instanceof StageHealth.Degraded || !gate.isOpen()) {
        consumer.pause(partitions);
      }
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      // Offsets are committed after every batch: nothing is in hand here.
    }
  }
}
