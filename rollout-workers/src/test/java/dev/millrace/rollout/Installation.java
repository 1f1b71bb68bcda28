package dev.millrace.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Provisioner;
import dev.millrace.contracts.Topic;
import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.train.Lora;
import dev.millrace.policy.PolicyDraft;
import dev.millrace.policy.PolicyPublisher;
import dev.millrace.policy.WeightsType;
import dev.millrace.runtime.DeadLetter;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import dev.millrace.testkit.Servers;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Topics of its own on real servers, a learner's hand, and workers. */
final class Installation implements AutoCloseable {

  static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Map<String, String> values;
  private final StageContext context;
  private final Admin admin;
  private final KafkaProducer<byte[], byte[]> learner;
  private final Map<RolloutStage, SimpleMeterRegistry> meters = new LinkedHashMap<>();

  /**
   * @param settings above those that tests share
   */
  Installation(Servers servers, Map<String, String> settings) {
    Map<String, String> all = new TreeMap<>();
    all.put("millrace.kafka.bootstrap", servers.endpoints().kafkaBootstrap());
    all.put("millrace.registry.urls", servers.endpoints().registry().toString());
    all.put("millrace.topics.prefix", servers.uniquePrefix());
    all.put("millrace.topics.partitions", "1");
    all.put("millrace.rollout.lock", "3s");
    all.put("millrace.rollout.lanes", "1");
    all.put("millrace.rollout.slots", "64");
    all.putAll(settings);
    this.values = all;
    this.context = context(new SimpleMeterRegistry());
    this.admin = Admin.create(context.kafka().admin("test-admin"));
    new Provisioner(admin, context.registry(), Duration.ofSeconds(30)).provision(topics());
    Map<String, Object> config = PolicyPublisher.producerSettings(context.kafka(), "test-learner");
    config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, all.get("millrace.topics.prefix") + "l");
    this.learner =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    learner.initTransactions();
  }

  private StageContext context(SimpleMeterRegistry meters) {
    return StageContext.of(Settings.of(values), meters);
  }

  private List<Topic<?>> topics() {
    var topics = context.topics();
    return List.of(
        topics.rolloutTasks(),
        topics.samples(),
        topics.policyWeights(),
        topics.policyVersions(),
        topics.deadLetters());
  }

  /** What a process needs to be a worker here. */
  Map<String, String> values() {
    return values;
  }

  StageContext context() {
    return context;
  }

  /** A worker with meters of its own. */
  RolloutStage start(SimpleMeterRegistry own) {
    var stage = RolloutStage.of(context(own));
    meters.put(stage, own);
    stage.start();
    return stage;
  }

  RolloutStage start() {
    return start(new SimpleMeterRegistry());
  }

  /** Publishes a version of {@link Tasks#POLICY} and issues tasks, in one transaction. */
  void step(long version, DecoderWeights weights, List<RolloutTask> tasks) {
    step(Tasks.POLICY, version, weights, tasks);
  }

  void step(String policy, long version, DecoderWeights weights, List<RolloutTask> tasks) {
    transaction(
        () -> {
          publish(policy, version, weights);
          send(tasks);
        });
  }

  private PolicyVersion publish(String policy, long version, DecoderWeights weights) {
    return new PolicyPublisher(context)
        .publish(
            learner,
            PolicyDraft.full(
                policy,
                version,
                "run",
                version,
                weights,
                TinyPolicy.files(weights, !policy.equals(Tasks.ENDLESS)),
                WeightsType.FLOAT32));
  }

  /** Publishes an adapter of a version, which has these weights, and issues tasks. */
  void adapterStep(
      String policy,
      long version,
      long base,
      DecoderWeights weights,
      Lora lora,
      List<RolloutTask> tasks) {
    transaction(
        () -> {
          new PolicyPublisher(context)
              .publish(
                  learner,
                  PolicyDraft.adapter(
                      policy,
                      version,
                      "run",
                      version,
                      new PolicyDraft.AdapterOf(base, weights.sha256(), lora.settings()),
                      lora.views(),
                      TinyPolicy.files(weights, !policy.equals(Tasks.ENDLESS))));
          send(tasks);
        });
  }

  void issue(List<RolloutTask> tasks) {
    transaction(() -> send(tasks));
  }

  void transaction(Runnable work) {
    learner.beginTransaction();
    work.run();
    learner.commitTransaction();
  }

  private void send(List<RolloutTask> tasks) {
    var serde = new AvroSerde<>(context.registry(), context.topics().rolloutTasks());
    tasks.forEach(task -> send(task.getTaskId(), serde.write(task)));
  }

  /** Inside a transaction. */
  void send(String key, byte[] value) {
    learner.send(
        new ProducerRecord<>(
            context.topics().rolloutTasks().name(), key.getBytes(StandardCharsets.UTF_8), value));
  }

  /** Publishes a version whose manifest promises other bytes; inside a transaction. */
  void publishCorrupt(String policy, long version, DecoderWeights weights) {
    PolicyVersion manifest = publish("another", version, weights);
    manifest.setPolicy(policy);
    manifest.setSha256("0".repeat(64));
    var topic = context.topics().policyVersions();
    String key = manifest.getPolicy() + "/" + manifest.getVersion();
    learner.send(
        new ProducerRecord<>(
            topic.name(),
            key.getBytes(StandardCharsets.UTF_8),
            new AvroSerde<>(context.registry(), topic).write(manifest)));
  }

  /** Takes so many tasks as a worker would, and gives them back untouched. */
  void takeAndGiveBack(int number) {
    Map<String, Object> config = context.kafka().client("test-careless");
    config.put("group.id", values.get("millrace.topics.prefix") + "rollout-workers");
    config.put("share.acknowledgement.mode", "explicit");
    int taken = 0;
    try (var consumer =
        new KafkaShareConsumer<>(
            config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(context.topics().rolloutTasks().name()));
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (taken < number && System.nanoTime() < end) {
        for (var record : consumer.poll(Duration.ofMillis(200))) {
          consumer.acknowledge(record, AcknowledgeType.RELEASE);
          taken++;
        }
        consumer.commitSync();
      }
    }
    assertThat(taken).isEqualTo(number);
  }

  /** Sequences that a worker is writing now. */
  double running(RolloutStage stage) {
    return meters.get(stage).find("num_requests_running").gauges().stream()
        .mapToDouble(Gauge::value)
        .sum();
  }

  void drainAll() {
    meters.keySet().forEach(stage -> assertThat(stage.drain(PATIENCE)).isTrue());
  }

  /** All answers so far, in order. */
  List<SampleGroup> groups() {
    var serde = new AvroSerde<>(context.registry(), context.topics().samples());
    return read(context.topics().samples()).stream().map(r -> serde.read(r.value())).toList();
  }

  /** Waits for the answers to so many tasks; the first answer of each, by task id. */
  Map<String, SampleGroup> answers(int number) {
    Map<String, SampleGroup> found = new LinkedHashMap<>();
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              groups().forEach(group -> found.putIfAbsent(group.getTask().getTaskId(), group));
              return found.size() >= number;
            });
    return found;
  }

  /** Reasons of the dead letters by their key. */
  Map<String, String> deadLetters() {
    Map<String, String> found = new HashMap<>();
    read(context.topics().deadLetters())
        .forEach(
            r ->
                found.put(
                    new String(r.key(), StandardCharsets.UTF_8),
                    DeadLetter.header(r.headers(), DeadLetter.REASON)));
    return found;
  }

  private List<ConsumerRecord<byte[], byte[]>> read(Topic<?> topic) {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (var consumer =
        new KafkaConsumer<>(
            context.kafka().reader("test-out"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic.name()).stream()
              .map(p -> new TopicPartition(p.topic(), p.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        consumer.poll(Duration.ofMillis(100)).forEach(records::add);
      }
    }
    return records;
  }

  @Override
  public void close() {
    meters.keySet().forEach(RolloutStage::close);
    learner.close(Duration.ofSeconds(5));
    admin.deleteTopics(topics().stream().map(Topic::name).toList());
    admin.close(Duration.ofSeconds(5));
  }
}
