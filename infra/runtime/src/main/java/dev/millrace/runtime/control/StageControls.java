package dev.millrace.runtime.control;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Topic;
import dev.millrace.contracts.WireFormatException;
import dev.millrace.contracts.avro.ActionKind;
import dev.millrace.contracts.avro.OperatorAction;
import dev.millrace.contracts.registry.RegistryException;
import dev.millrace.contracts.registry.SchemaRegistry;
import dev.millrace.runtime.Backoff;
import dev.millrace.runtime.KafkaSettings;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears in every process which stages are paused: follows the topic {@code stage-controls}, which
 * holds the newest order for each. So a pause outlives every process, until somebody ends it.
 *
 * <p>Where it was never started every gate is open. Once it was, gates are closed until the topic
 * has been read to its end: a stage that restarts must not work before it knows that it may.
 */
public final class StageControls implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(StageControls.class);
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final Duration REQUEST = Duration.ofSeconds(10);
  private static final Duration END = Duration.ofSeconds(5);

  private final KafkaSettings kafka;
  private final TopicPartition partition;
  private final AvroSerde<OperatorAction> serde;
  private final Map<String, Pause> paused = new ConcurrentHashMap<>();
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread;
  private volatile boolean started;
  private volatile boolean known;
  private volatile KafkaConsumer<byte[], byte[]> listening;
  private long next;

  /** Opens no connection. */
  public StageControls(KafkaSettings kafka, SchemaRegistry registry, Topic<OperatorAction> topic) {
    this.kafka = kafka;
    this.partition = new TopicPartition(topic.name(), 0);
    this.serde = new AvroSerde<>(registry, topic);
    this.thread = Thread.ofPlatform().name("stage-controls").daemon().unstarted(this::run);
  }

  /** Begins to listen; the topic must exist. Idempotent. */
  public synchronized void start() {
    if (!started) {
      started = true;
      thread.start();
    }
  }

  /** Open while the stage of this name may take in something new. */
  public Gate gate(String stage) {
    return () -> !started || known && !paused.containsKey(stage);
  }

  /** Who paused a stage, and why; empty when it is not paused, as far as is known. */
  public Optional<Pause> pause(String stage) {
    return Optional.ofNullable(paused.get(stage));
  }

  /** False until the orders were read that stood when this began to listen. */
  public boolean isKnown() {
    return known;
  }

  private void run() {
    var backoff = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(5));
    while (stopping.getCount() > 0) {
      try (var consumer = new KafkaConsumer<>(config(), bytes(), bytes())) {
        listening = consumer;
        follow(consumer, backoff);
      } catch (InterruptException | WakeupException e) {
        LOG.debug("stage controls closed");
      } catch (KafkaException | RegistryException e) {
        LOG.warn("stage controls held up error=\"{}\"", e.getMessage());
        pause(backoff.next());
      }
    }
  }

  private Map<String, Object> config() {
    Map<String, Object> config = kafka.reader("stage-controls");
    config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 100);
    return config;
  }

  private static ByteArrayDeserializer bytes() {
    return new ByteArrayDeserializer();
  }

  private void follow(KafkaConsumer<byte[], byte[]> consumer, Backoff backoff) {
    consumer.assign(List.of(partition));
    consumer.seek(partition, next); // where that is gone, from the beginning
    long end = consumer.endOffsets(List.of(partition), REQUEST).get(partition);
    while (stopping.getCount() > 0) {
      known = known || consumer.position(partition, REQUEST) >= end;
      for (var record : consumer.poll(POLL)) {
        hear(record);
        next = record.offset() + 1;
      }
      backoff.reset();
    }
  }

  private void hear(ConsumerRecord<byte[], byte[]> record) {
    String stage = record.key() == null ? "" : new String(record.key(), StandardCharsets.UTF_8);
    Optional<Pause> order = decode(record);
    if (order.isPresent()) {
      paused.put(stage, order.get());
      LOG.info("stage={} {}", stage, order.get().describe());
    } else if (paused.remove(stage) != null) {
      LOG.info("stage={} goes on", stage);
    }
  }

  /**
   * Empty: the stage may work.
   *
   * @throws RegistryException when the registry does not answer; the record is then read again
   */
  private Optional<Pause> decode(ConsumerRecord<byte[], byte[]> record) {
    if (record.value() == null) {
      return Optional.empty();
    }
    try {
      OperatorAction action = serde.read(record.value());
      return action.getKind() == ActionKind.PAUSE
          ? Optional.of(
              new Pause(
                  action.getActor(), action.getDetail().getOrDefault("reason", ""), action.getAt()))
          : Optional.empty();
    } catch (WireFormatException e) {
      LOG.warn("unreadable {}@{} error=\"{}\"", partition, record.offset(), e.getMessage());
      return Optional.empty();
    }
  }

  private void pause(Duration wait) {
    try {
      stopping.await(wait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Listens no more; gates stay as they are. Idempotent. */
  @Override
  public void close() {
    stopping.countDown();
    KafkaConsumer<byte[], byte[]> consumer = listening;
    if (consumer != null) {
      consumer.wakeup();
    }
    try {
      if (thread.getState() != Thread.State.NEW && !thread.join(END)) {
        thread.interrupt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
