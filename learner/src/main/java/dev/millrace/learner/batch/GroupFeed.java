package dev.millrace.learner.batch;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.WireFormatException;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.learner.machine.ArrivedGroup;
import dev.millrace.learner.trace.TaskTraces;
import dev.millrace.runtime.DeadLetter;
import dev.millrace.runtime.DeadLetters;
import dev.millrace.runtime.RetriableException;
import dev.millrace.runtime.StageContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
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
 * Reads and decodes scored groups of one run while the learner trains: a thread of its own and a
 * bounded queue. All partitions are assigned by hand: the run has one learner, and its transactions
 * see to that.
 */
public final class GroupFeed implements AutoCloseable {

  /**
   * What one poll brought.
   *
   * @param positions where reading of each partition has come to, these groups included
   */
  public record Fetched(List<ArrivedGroup> groups, Map<Integer, Long> positions) {}

  private static final Logger LOG = LoggerFactory.getLogger(GroupFeed.class);
  private static final String STAGE = "learner";
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration REQUEST = Duration.ofSeconds(30);
  private static final Duration PARTITIONS_EVERY = Duration.ofSeconds(30);
  private static final int RECORDS = 64;
  private static final int QUEUE = 16;

  private final String run;
  private final String topic;
  private final AvroSerde<ScoredGroup> serde;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final DeadLetters deadLetters;
  private final BlockingQueue<Fetched> queue = new ArrayBlockingQueue<>(QUEUE);
  private final Map<Integer, Long> offsets;
  private final TaskTraces traces;
  private final Set<TopicPartition> assigned = new HashSet<>();
  private final Thread thread;
  private volatile RuntimeException failure;
  private volatile boolean stopping;
  private long partitionsKnownAt;

  /**
   * @param offsets where to begin, by partition; others from their beginning
   */
  public GroupFeed(
      StageContext context, String run, Map<Integer, Long> offsets, TaskTraces traces) {
    this.run = run;
    this.traces = traces;
    this.topic = context.topics().scoredSamples().name();
    this.serde = new AvroSerde<>(context.registry(), context.topics().scoredSamples());
    this.offsets = Map.copyOf(offsets);
    Map<String, Object> config = context.kafka().reader("learner-" + run + "-groups");
    config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, RECORDS);
    // A step waits for its last group: it must not wait for more to come with it.
    config.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, 50);
    this.deadLetters =
        new DeadLetters(
            context.kafka(),
            context.topics().deadLetters(),
            "learner-" + run + "-dead",
            context.meters());
    this.consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    this.thread = Thread.ofPlatform().name("learner-groups-" + run).daemon().unstarted(this::read);
  }

  public void start() {
    thread.start();
  }

  /**
   * What has arrived, or empty if nothing has within {@code wait}.
   *
   * @throws RetriableException if reading has come to a stop: it is to be begun anew
   */
  public Optional<Fetched> poll(Duration wait) throws InterruptedException {
    Fetched fetched = queue.poll(wait.toNanos(), TimeUnit.NANOSECONDS);
    if (fetched == null && failure != null) {
      throw failure;
    }
    return Optional.ofNullable(fetched);
  }

  private void read() {
    try (deadLetters;
        consumer) {
      while (!stopping) {
        assign();
        var records = consumer.poll(POLL);
        if (!records.isEmpty()) {
          offer(records);
        }
      }
    } catch (WakeupException | InterruptException e) {
      LOG.debug("feed closed run={}", run);
    } catch (KafkaException e) {
      failure = new RetriableException("scored groups cannot be read: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      failure = e;
    }
  }

  private void assign() {
    long now = System.nanoTime();
    if (!assigned.isEmpty() && now - partitionsKnownAt < PARTITIONS_EVERY.toNanos()) {
      return;
    }
    partitionsKnownAt = now;
    List<TopicPartition> fresh = new ArrayList<>();
    for (var info : consumer.partitionsFor(topic, REQUEST)) {
      var partition = new TopicPartition(topic, info.partition());
      if (assigned.add(partition)) {
        fresh.add(partition);
      }
    }
    if (fresh.isEmpty()) {
      return;
    }
    Map<TopicPartition, Long> at = new HashMap<>();
    consumer.assignment().forEach(old -> at.put(old, consumer.position(old, REQUEST)));
    consumer.assign(assigned);
    at.forEach(consumer::seek);
    for (TopicPartition partition : fresh) {
      Long offset = offsets.get(partition.partition());
      if (offset == null) {
        consumer.seekToBeginning(List.of(partition));
      } else {
        consumer.seek(partition, offset);
      }
    }
  }

  private void offer(Iterable<ConsumerRecord<byte[], byte[]>> records) {
    List<ArrivedGroup> groups = new ArrayList<>();
    Map<Integer, Long> positions = new TreeMap<>();
    for (var record : records) {
      positions.put(record.partition(), record.offset() + 1);
      decode(record).ifPresent(groups::add);
    }
    var fetched = new Fetched(groups, positions);
    try {
      while (!stopping && !queue.offer(fetched, POLL.toMillis(), TimeUnit.MILLISECONDS)) {
        // The learner is at work: what it has not taken waits here, and the rest on the broker.
      }
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  private Optional<ArrivedGroup> decode(ConsumerRecord<byte[], byte[]> record) {
    try {
      ScoredGroup group = record.value() == null ? null : serde.read(record.value());
      if (group == null || !group.getGroup().getTask().getRun().equals(run)) {
        return Optional.empty();
      }
      ArrivedGroup arrived = GroupDecoder.decode(group, record.partition(), record.offset());
      traces.arrive(arrived.task().toString(), record);
      return Optional.of(arrived);
    } catch (WireFormatException e) {
      return bury(record, e.reason().name().toLowerCase(Locale.ROOT).replace('_', '-'), e);
    } catch (IllegalArgumentException e) {
      return bury(record, "unknown-task", e);
    }
  }

  /** Whoever wrote it was no worker of ours; the task, if there is one, expires. */
  private Optional<ArrivedGroup> bury(
      ConsumerRecord<byte[], byte[]> record, String reason, RuntimeException error) {
    deadLetters.write(
        new DeadLetter(
            record.topic(),
            record.partition(),
            record.offset(),
            record.key(),
            record.value(),
            STAGE,
            reason,
            error.getMessage()),
        record.headers());
    return Optional.empty();
  }

  @Override
  public void close() {
    stopping = true;
    if (thread.getState() == Thread.State.NEW) {
      consumer.close();
      deadLetters.close();
      return;
    }
    consumer.wakeup();
    try {
      thread.join(Duration.ofSeconds(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
