package dev.millrace.runtime;

import dev.millrace.contracts.Topic;
import dev.millrace.runtime.control.Gate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Works on the records of one topic as a member of a share group: each record is one worker's at a
 * time, workers come and go, and there may be more of them than partitions. Every record is handled
 * on a virtual thread of its own, and accepted after its handler returned; locks are renewed while
 * the handler works, however long.
 *
 * <p>What can go wrong, and what happens:
 *
 * <ul>
 *   <li>The worker dies: the broker gives its records to others when the lock ends.
 *   <li>A record cannot be decoded, is {@linkplain PoisonedRecordException poisoned}, or has been
 *       tried too often: dead letter with its reason, and it is never delivered again.
 *   <li>Something outside is away ({@link RetriableException}): tried again here with growing
 *       waits, and given back when patience ends.
 *   <li>The handler fails in another way: given back for another try; the last one is a dead
 *       letter.
 *   <li>The connection to the broker is lost: what was in hand is given up (its workers are
 *       interrupted) and comes again, to us or others.
 *   <li>An operator pauses the stage: what is in hand is finished, then the loop leaves the group,
 *       which keeps its place. A member that is not polled would go on holding what was fetched for
 *       it, and the broker would count that as a delivery.
 * </ul>
 *
 * <p>So a record's effect may happen more than once, but never not at all.
 */
public final class ShareLoop<V> implements AutoCloseable {

  /** Does the work for a record; every effect must be safe to repeat. */
  public interface Handler<V> {

    /**
     * Returns when the record's effect is acknowledged by whoever holds it. May take as long as it
     * needs; is interrupted when the record is no longer ours.
     */
    void handle(ShareDelivery<V> delivery) throws InterruptedException;

    /** Called before a record that could be decoded becomes a dead letter. Must be repeatable. */
    default void giveUp(ShareDelivery<V> delivery, String reason, String error)
        throws InterruptedException {}
  }

  private static final Logger LOG = LoggerFactory.getLogger(ShareLoop.class);
  private static final Duration CLOSE = Duration.ofSeconds(5);
  private static final Duration CLOSED = Duration.ofMillis(100);

  private final String stage;
  private final KafkaSettings kafka;
  private final ShareSettings settings;
  private final String topic;
  private final ShareWork<V> work;
  private final ShareMeters meters;
  private final Gate gate;
  private final List<Thread> threads = new ArrayList<>();
  private final Set<ShareLane> lanes = ConcurrentHashMap.newKeySet();
  private final CountDownLatch draining = new CountDownLatch(1);
  private final CountDownLatch configured = new CountDownLatch(1);
  private final AtomicReference<StageHealth> health =
      new AtomicReference<>(new StageHealth.Starting("not started"));
  private volatile boolean ending;

  /**
   * @param stage names the loop in threads, clients, logs, traces and dead letters
   * @param deadLetters stay the caller's to close, after the loop
   */
  public ShareLoop(
      String stage,
      StageContext context,
      ShareSettings settings,
      Topic<V> topic,
      ConsumerLoop.Decoder<V> decoder,
      Handler<V> handler,
      DeadLetters deadLetters) {
    this.stage = Objects.requireNonNull(stage, "stage");
    this.kafka = context.kafka();
    this.settings = Objects.requireNonNull(settings, "settings");
    this.topic = topic.name();
    this.meters = new ShareMeters(context.meters(), stage);
    this.gate = context.controls().gate(stage);
    this.work =
        new ShareWork<>(
            stage,
            settings,
            Objects.requireNonNull(decoder, "decoder"),
            Objects.requireNonNull(handler, "handler"),
            Objects.requireNonNull(deadLetters, "deadLetters"),
            context.tracing(),
            this::report);
    for (int i = 0; i < settings.lanes(); i++) {
      int lane = i;
      threads.add(
          Thread.ofPlatform().name(stage + "-lane-" + lane).daemon().unstarted(() -> run(lane)));
    }
  }

  /** Starts the loop's threads and returns; a broker that is away is waited for. */
  public void start() {
    health.set(new StageHealth.Starting("joining share group " + settings.group()));
    threads.forEach(Thread::start);
  }

  public StageHealth health() {
    return health.get();
  }

  /**
   * Takes nothing new, finishes what is in hand and tells the broker.
   *
   * @return false when the deadline passed first
   */
  public boolean drain(Duration deadline) {
    draining.countDown();
    lanes.forEach(ShareLane::wake);
    return joined(deadline);
  }

  private boolean joined(Duration deadline) {
    long end = System.nanoTime() + deadline.toNanos();
    boolean all = true;
    try {
      for (Thread thread : threads) {
        if (thread.getState() != Thread.State.NEW) {
          all &= thread.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
        }
      }
      return all;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Gives back what is in hand, at once, and ends. Idempotent. */
  @Override
  public void close() {
    ending = true;
    draining.countDown();
    lanes.forEach(ShareLane::wake);
    if (!joined(CLOSE.multipliedBy(2))) {
      threads.forEach(Thread::interrupt);
      joined(CLOSE);
    }
    health.set(new StageHealth.Stopped());
  }

  private void run(int number) {
    var backoff = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(5));
    while (!stopping()) {
      try {
        configureOnce(number);
        if (gate.isOpen()) {
          serve(number);
        } else {
          pause(CLOSED);
        }
      } catch (InterruptException e) {
        return;
      } catch (KafkaException e) {
        Duration wait = backoff.next();
        LOG.warn(
            "lane rejoins stage={} lane={} in_ms={} error=\"{}\"",
            stage,
            number,
            wait.toMillis(),
            e.getMessage());
        report(new StageHealth.Degraded(e.getMessage()));
        pause(wait);
      } catch (RuntimeException e) {
        LOG.error("lane ended stage={} lane={}", stage, number, e);
        health.set(new StageHealth.Failed(e.toString()));
        return;
      }
    }
  }

  private boolean stopping() {
    return draining.getCount() == 0;
  }

  /** The first lane sets up the group; the others wait for it, or it would begin at the end. */
  private void configureOnce(int number) {
    if (number == 0 && configured.getCount() > 0) {
      ShareGroupConfig.apply(kafka.admin(stage + "-share-admin"), settings);
      configured.countDown();
    }
    while (!stopping() && configured.getCount() > 0) {
      try {
        configured.await(200, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        throw new InterruptException(e);
      }
    }
  }

  private void serve(int number) {
    var consumer =
        new KafkaShareConsumer<>(
            consumerConfig(number), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    var lane =
        new ShareLane(stage + "-lane-" + number, consumer, work::work, meters, settings.lock());
    lanes.add(lane);
    try {
      health.set(new StageHealth.Ready());
      lane.serve(topic, () -> stopping() || !gate.isOpen(), () -> ending);
    } finally {
      lanes.remove(lane);
      lane.abandon();
      consumer.close(CLOSE); // what is still held goes back to the broker
    }
  }

  private Map<String, Object> consumerConfig(int number) {
    Map<String, Object> config = kafka.client(stage + "-lane-" + number);
    config.put(CommonClientConfigs.GROUP_ID_CONFIG, settings.group());
    config.put(ConsumerConfig.SHARE_ACKNOWLEDGEMENT_MODE_CONFIG, "explicit");
    config.put(ConsumerConfig.SHARE_ACQUIRE_MODE_CONFIG, "record_limit");
    config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, settings.recordsPerLane());
    return config;
  }

  private void pause(Duration wait) {
    try {
      draining.await(wait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void report(StageHealth now) {
    health.updateAndGet(
        before ->
            before instanceof StageHealth.Failed || before instanceof StageHealth.Stopped
                ? before
                : now);
  }
}
