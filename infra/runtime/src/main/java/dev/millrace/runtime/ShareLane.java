package dev.millrace.runtime;

import dev.millrace.runtime.ShareWork.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One share consumer and the records that it holds. One thread owns it: the consumer is not safe
 * for several. It hands each record to a thread of its own, tells the broker the verdicts as they
 * come, in whatever order, and renews the locks of the rest.
 *
 * <p>The consumer is polled only when nothing is held, or when all that is held has just been
 * renewed: it wants every record of the last poll acknowledged before the next one, and it gives no
 * new ones while renewed ones are with us.
 */
final class ShareLane {

  private static final Logger LOG = LoggerFactory.getLogger(ShareLane.class);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration RENEWED = Duration.ofSeconds(2);
  private static final Duration COMMIT = Duration.ofSeconds(10);

  /**
   * How long verdicts wait for others to be told with them, while the hand is not empty. Each
   * telling is a request and a write of the broker's; as long as anything is held there are no new
   * records anyway.
   */
  private static final Duration GATHER = Duration.ofMillis(20);

  private record Place(TopicPartition partition, long offset) {
    static Place of(ConsumerRecord<?, ?> record) {
      return new Place(new TopicPartition(record.topic(), record.partition()), record.offset());
    }
  }

  /** A record, its worker, and its verdict once that is known. */
  private static final class Held {
    final ConsumerRecord<byte[], byte[]> record;
    volatile boolean lost;
    volatile Verdict verdict;
    Thread worker;

    Held(ConsumerRecord<byte[], byte[]> record) {
      this.record = record;
    }

    void lose() {
      lost = true;
      worker.interrupt();
    }
  }

  private final String name;
  private final KafkaShareConsumer<byte[], byte[]> consumer;
  private final BiFunction<ConsumerRecord<byte[], byte[]>, BooleanSupplier, Verdict> work;
  private final ShareMeters meters;
  private final long renewNanos;
  private final Map<Place, Held> hand = new HashMap<>();

  /** Never longer than the hand, plus a wake-up. */
  private final LinkedBlockingQueue<Optional<Held>> finished = new LinkedBlockingQueue<>();

  private long renewAt;

  ShareLane(
      String name,
      KafkaShareConsumer<byte[], byte[]> consumer,
      BiFunction<ConsumerRecord<byte[], byte[]>, BooleanSupplier, Verdict> work,
      ShareMeters meters,
      Duration lock) {
    this.name = name;
    this.consumer = consumer;
    this.work = work;
    this.meters = meters;
    this.renewNanos = lock.toNanos() / 3;
  }

  /** Works until {@code draining} and nothing is held, or until {@code ending}. */
  void serve(String topic, BooleanSupplier draining, BooleanSupplier ending) {
    consumer.subscribe(List.of(topic));
    while (!ending.getAsBoolean()) {
      if (!hand.isEmpty()) {
        settle();
      } else if (draining.getAsBoolean()) {
        return;
      } else {
        take(consumer.poll(POLL));
      }
    }
  }

  /** Makes {@link #serve} look at its conditions again. Any thread. */
  void wake() {
    finished.add(Optional.empty());
  }

  private void take(ConsumerRecords<byte[], byte[]> records) {
    renewAt = System.nanoTime() + renewNanos;
    for (ConsumerRecord<byte[], byte[]> record : records) {
      Place place = Place.of(record);
      if (!hand.containsKey(place)) {
        var held = new Held(record);
        hand.put(place, held);
        meters.taken(record);
        held.worker = Thread.ofVirtual().name(name + "-" + place.offset()).unstarted(run(held));
        held.worker.start();
      }
    }
  }

  private Runnable run(Held held) {
    return () -> {
      try {
        held.verdict = work.apply(held.record, () -> !held.lost);
      } finally {
        if (held.verdict == null) {
          held.verdict = Verdict.RELEASED;
        }
        finished.add(Optional.of(held));
      }
    };
  }

  /** Waits for verdicts until a renewal is due, and tells the broker. */
  private void settle() {
    List<Held> told = new ArrayList<>();
    Optional<Held> next = await(renewAt - System.nanoTime());
    long gathered = Math.min(renewAt, System.nanoTime() + GATHER.toNanos());
    while (next != null) {
      next.filter(held -> hand.remove(Place.of(held.record), held))
          .ifPresent(
              held -> {
                consumer.acknowledge(held.record, type(held.verdict));
                told.add(held);
              });
      next = hand.isEmpty() ? finished.poll() : await(gathered - System.nanoTime());
    }
    boolean renewing = System.nanoTime() >= renewAt && !hand.isEmpty();
    if (renewing) {
      hand.values().forEach(held -> consumer.acknowledge(held.record, AcknowledgeType.RENEW));
    }
    if (!told.isEmpty() || renewing) {
      var answers = consumer.commitSync(COMMIT);
      told.forEach(held -> meters.told(held.verdict, failed(answers, held.record).isEmpty()));
    }
    if (renewing) {
      keepRenewed();
    }
  }

  private Optional<Held> await(long nanos) {
    try {
      return finished.poll(Math.max(0, nanos), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      throw new org.apache.kafka.common.errors.InterruptException(e);
    }
  }

  private static AcknowledgeType type(Verdict verdict) {
    return switch (verdict) {
      case ACCEPTED -> AcknowledgeType.ACCEPT;
      case REJECTED -> AcknowledgeType.REJECT;
      case RELEASED -> AcknowledgeType.RELEASE;
    };
  }

  private static Optional<KafkaException> failed(
      Map<TopicIdPartition, Optional<KafkaException>> answers, ConsumerRecord<?, ?> record) {
    return answers.entrySet().stream()
        .filter(
            answer ->
                answer.getKey().partition() == record.partition()
                    && answer.getKey().topic().equals(record.topic()))
        .findFirst()
        .flatMap(Map.Entry::getValue);
  }

  /** The consumer gives renewed records back; those that it does not are another worker's now. */
  private void keepRenewed() {
    Map<Place, Held> missing = new HashMap<>(hand);
    long end = System.nanoTime() + RENEWED.toNanos();
    while (!missing.isEmpty() && System.nanoTime() < end) {
      ConsumerRecords<byte[], byte[]> back = consumer.poll(POLL);
      back.forEach(record -> missing.remove(Place.of(record)));
      take(back);
      if (!back.isEmpty()) {
        break; // all that were renewed come at once, and polling again would demand verdicts
      }
    }
    missing.forEach(
        (place, held) -> {
          LOG.warn("lost lane={} origin={}@{}", name, place.partition(), place.offset());
          hand.remove(place, held);
          held.lose();
          meters.lost();
        });
  }

  /** Gives back what is still held; its workers are told to stop. */
  void abandon() {
    for (Held held : hand.values()) {
      held.lose();
      meters.lost();
    }
    hand.clear();
  }
}
