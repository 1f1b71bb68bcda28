package dev.millrace.learner.loop;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.avro.FinishReason;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.Sample;
import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.contracts.avro.Score;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.contracts.avro.VersionSegment;
import dev.millrace.runtime.StageContext;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Rollout and reward workers in one, without a model: what it answers follows from the task's seed
 * alone, what it earns from a rule.
 */
final class FakeWorker implements AutoCloseable {

  /** What a worker does to a task. */
  interface Habits {

    /** The groups that it answers with: none, one, or several. */
    default List<ScoredGroup> answer(RolloutTask task) {
      return List.of(group(task));
    }

    /** More groups, when there is no task that it has not seen. */
    default List<ScoredGroup> idle() {
      return List.of();
    }
  }

  private final StageContext context;
  private final Habits habits;
  private final AvroSerde<ScoredGroup> groups;
  private final Thread thread;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private volatile boolean stopping;

  FakeWorker(StageContext context, Habits habits) {
    this.context = context;
    this.habits = habits;
    this.groups = new AvroSerde<>(context.registry(), context.topics().scoredSamples());
    this.consumer =
        new KafkaConsumer<>(
            context.kafka().reader("test-worker"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer());
    this.thread = Thread.ofPlatform().name("test-worker").daemon().unstarted(this::work);
  }

  void start() {
    thread.start();
  }

  private void work() {
    var tasks = new AvroSerde<>(context.registry(), context.topics().rolloutTasks());
    String topic = context.topics().rolloutTasks().name();
    try (consumer;
        var producer =
            new KafkaProducer<>(
                context.kafka().producer("test-worker"),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
      consumer.assign(
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList());
      consumer.seekToBeginning(consumer.assignment());
      while (!stopping) {
        var records = consumer.poll(Duration.ofMillis(50));
        if (records.isEmpty()) {
          habits.idle().forEach(group -> send(producer, group, new RecordHeaders()));
        }
        for (var record : records) {
          for (ScoredGroup group : habits.answer(tasks.read(record.value()))) {
            send(producer, group, record.headers()); // a worker goes on with the task's trace
          }
        }
      }
    } catch (WakeupException | InterruptException e) {
      // The test is over.
    }
  }

  private void send(KafkaProducer<byte[], byte[]> producer, ScoredGroup group, Headers headers) {
    producer.send(
        new ProducerRecord<>(
            context.topics().scoredSamples().name(),
            null,
            group.getGroup().getTask().getTaskId().getBytes(StandardCharsets.UTF_8),
            groups.write(group),
            headers));
  }

  /** Samples that follow from the seed; an answer is worth 1 when its first token is even. */
  static ScoredGroup group(RolloutTask task) {
    return group(task, task.getVersion());
  }

  static ScoredGroup group(RolloutTask task, long version) {
    List<Sample> samples = new ArrayList<>();
    List<Score> scores = new ArrayList<>();
    for (int i = 0; i < task.getGroupSize(); i++) {
      var random = new SplittableRandom(task.getSampling().getSeed() + i);
      int length = 1 + random.nextInt(3);
      List<Integer> tokens = new ArrayList<>();
      for (int t = 0; t < length; t++) {
        tokens.add(2 + random.nextInt(10));
      }
      samples.add(
          Sample.newBuilder()
              .setTokens(tokens)
              .setLogProbs(Collections.nCopies(length, -2.5f))
              .setSegments(List.of(new VersionSegment(version, 0, length)))
              .setText(tokens.toString())
              .setFinishReason(FinishReason.STOP)
              .setStartedAt(1)
              .setFinishedAt(2)
              .build());
      double reward = tokens.getFirst() % 2 == 0 ? 1 : 0;
      scores.add(new Score(reward, Map.of("even", reward)));
    }
    return scored(task, samples, scores);
  }

  /** All samples alike, with this reward. */
  static ScoredGroup uniform(RolloutTask task, double reward) {
    ScoredGroup group = group(task);
    group.getScores().forEach(score -> score.setTotal(reward));
    return group;
  }

  static ScoredGroup failed(RolloutTask task, String reason) {
    ScoredGroup group = scored(task, List.of(), List.of());
    group.getGroup().setFailure(reason);
    group.setFailure(reason);
    return group;
  }

  private static ScoredGroup scored(RolloutTask task, List<Sample> samples, List<Score> scores) {
    return ScoredGroup.newBuilder()
        .setGroup(
            SampleGroup.newBuilder()
                .setTask(task)
                .setWorker("test")
                .setPromptTokens(List.of(3, 4, 5))
                .setSamples(samples)
                .setStartedAt(1)
                .setFinishedAt(2)
                .build())
        .setWorker("test")
        .setScores(scores)
        .setScoredAt(3)
        .build();
  }

  @Override
  public void close() throws InterruptedException {
    stopping = true;
    consumer.wakeup();
    thread.join(Duration.ofSeconds(5));
  }
}
