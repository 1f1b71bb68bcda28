package dev.millrace.monitor.recent;

import dev.millrace.runtime.Backoff;
import dev.millrace.runtime.StageHealth;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows topics from some records before their ends, as a member of no group, and shows every
 * record to the book of its topic. One thread, owned by it.
 */
public final class Tail implements AutoCloseable {

  /** From the beginning, however much there is. */
  public static final int ALL = Integer.MAX_VALUE;

  /**
   * A topic that is followed.
   *
   * @param back records of each partition that are read before new ones
   * @param book is shown every record, on the tail's thread
   */
  public record Source(String topic, int back, Consumer<ConsumerRecord<byte[], byte[]>> book) {}

  private static final Logger LOG = LoggerFactory.getLogger(Tail.class);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final long LOOK_FOR_TOPICS_NANOS = Duration.ofSeconds(5).toNanos();

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Map<String, Source> sources = new HashMap<>();
  private final Set<TopicPartition> followed = new HashSet<>();
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread;
  private volatile StageHealth health = new StageHealth.Starting("reading the ends of topics");

  /**
   * @param reader properties of a consumer that reads committed records and belongs to no group
   */
  public Tail(Map<String, Object> reader, List<Source> sources) {
    Map<String, Object> properties = new HashMap<>(reader);
    properties.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 16 << 20);
    properties.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 4 << 20);
    properties.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, 10_000);
    properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    sources.forEach(source -> this.sources.put(source.topic(), source));
    consumer =
        new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    thread = Thread.ofPlatform().name("millrace-tail").daemon().unstarted(this::run);
  }

  public void start() {
    thread.start();
  }

  public StageHealth health() {
    return health;
  }

  private void run() {
    var backoff = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(10));
    long looked = System.nanoTime() - LOOK_FOR_TOPICS_NANOS;
    try (consumer) {
      while (stopping.getCount() > 0) {
        try {
          if (System.nanoTime() - looked >= LOOK_FOR_TOPICS_NANOS) {
            findPartitions();
            looked = System.nanoTime();
          }
          if (followed.isEmpty()) {
            stopped(POLL);
            continue;
          }
          consumer.poll(POLL).forEach(this::show);
          health = new StageHealth.Ready();
          backoff.reset();
        } catch (WakeupException | InterruptException e) {
          break;
        } catch (KafkaException | IllegalStateException e) {
          health = new StageHealth.Degraded("the ends of topics cannot be read: " + e.getMessage());
          LOG.warn("tail held up error=\"{}\"", e.getMessage());
          if (stopped(backoff.next())) {
            break;
          }
        }
      }
    }
    health = new StageHealth.Stopped();
  }

  private void show(ConsumerRecord<byte[], byte[]> record) {
    try {
      sources.get(record.topic()).book().accept(record);
    } catch (RuntimeException e) {
      // What one record says must not end the look at all others.
      LOG.debug("not shown {}-{}@{}", record.topic(), record.partition(), record.offset(), e);
    }
  }

  /** Topics may come, and grow. */
  private void findPartitions() {
    List<TopicPartition> fresh = new ArrayList<>();
    for (String topic : sources.keySet()) {
      List<PartitionInfo> infos = consumer.partitionsFor(topic, Duration.ofSeconds(5));
      if (infos != null) {
        infos.stream()
            .map(info -> new TopicPartition(topic, info.partition()))
            .filter(partition -> !followed.contains(partition))
            .forEach(fresh::add);
      }
    }
    if (fresh.isEmpty()) {
      return;
    }
    Set<TopicPartition> all = new HashSet<>(followed);
    all.addAll(fresh);
    Map<TopicPartition, Long> positions = new HashMap<>();
    followed.forEach(partition -> positions.put(partition, consumer.position(partition)));
    consumer.assign(all);
    positions.forEach(consumer::seek);
    var ends = consumer.endOffsets(fresh);
    var begins = consumer.beginningOffsets(fresh);
    for (TopicPartition partition : fresh) {
      long back = sources.get(partition.topic()).back();
      consumer.seek(partition, Math.max(begins.get(partition), ends.get(partition) - back));
    }
    followed.addAll(fresh);
  }

  private boolean stopped(Duration wait) {
    try {
      return stopping.await(wait.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      return true;
    }
  }

  @Override
  public void close() {
    stopping.countDown();
    if (thread.getState() == Thread.State.NEW) {
      consumer.close(CloseOptions.timeout(Duration.ofSeconds(1)));
      return;
    }
    consumer.wakeup();
    try {
      thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
