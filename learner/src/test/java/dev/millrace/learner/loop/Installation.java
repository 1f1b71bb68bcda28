package dev.millrace.learner.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Provisioner;
import dev.millrace.contracts.Topic;
import dev.millrace.contracts.avro.ActionKind;
import dev.millrace.contracts.avro.Message;
import dev.millrace.contracts.avro.OperatorAction;
import dev.millrace.contracts.avro.Prompt;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.learner.LearnerSettings;
import dev.millrace.learner.LearnerStage;
import dev.millrace.learner.engine.RunListener;
import dev.millrace.learner.engine.StartPolicy;
import dev.millrace.learner.ledger.Ledger;
import dev.millrace.learner.log.LogReader;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.policy.PolicyDraft;
import dev.millrace.policy.PolicyPublisher;
import dev.millrace.policy.WeightsType;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import dev.millrace.runtime.tracing.Tracing;
import dev.millrace.testkit.Servers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Topics of one test, with prompts, learners and a worker on them. */
final class Installation implements AutoCloseable {

  static final Duration PATIENCE = Duration.ofSeconds(120);

  final StageContext context;
  final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  final InMemorySpanExporter spans = InMemorySpanExporter.create();
  private final Path snapshots;
  private final List<AutoCloseable> parts = new ArrayList<>();
  private final Admin admin;

  Installation(Servers servers, Path snapshots) {
    this(servers, snapshots, 2);
  }

  Installation(Servers servers, Path snapshots, int partitions) {
    this.snapshots = snapshots;
    this.context =
        StageContext.of(
                Settings.of(
                    Map.of(
                        "millrace.kafka.bootstrap", servers.endpoints().kafkaBootstrap(),
                        "millrace.registry.urls", servers.endpoints().registry().toString(),
                        "millrace.topics.prefix", servers.uniquePrefix(),
                        "millrace.topics.partitions", String.valueOf(partitions),
                        "millrace.learner.snapshots", snapshots.toString())),
                meters)
            .with(Tracing.into(spans));
    this.admin = Admin.create(context.kafka().admin("test-admin"));
    new Provisioner(admin, context.registry(), Duration.ofSeconds(30))
        .provision(context.topics().all());
  }

  /** {@code number} prompts such as {@code 3+4=}; every tenth is held out. */
  void pushPrompts(int number) {
    List<Prompt> prompts = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      prompts.add(prompt("p%03d".formatted(i), i % 10 + "+" + i / 10 % 10 + "=", i % 10 == 9));
    }
    push(prompts);
  }

  static Prompt prompt(String id, String text, boolean heldOut) {
    String[] parts = text.replace("=", "").split("\\+");
    int sum = Integer.parseInt(parts[0]) + Integer.parseInt(parts[1]);
    return Prompt.newBuilder()
        .setId(id)
        .setMessages(List.of(new Message("user", text)))
        .setAnswer(String.valueOf(sum))
        .setRewardProfile("exact")
        .setTags(List.of("sums"))
        .setHeldOut(heldOut)
        .setSentAt(1)
        .build();
  }

  void push(List<Prompt> prompts) {
    var serde = new AvroSerde<>(context.registry(), context.topics().prompts());
    try (var producer =
        new KafkaProducer<>(
            context.kafka().producer("test-prompts"),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (Prompt prompt : prompts) {
        producer.send(
            new ProducerRecord<>(
                context.topics().prompts().name(),
                prompt.getId().getBytes(StandardCharsets.UTF_8),
                serde.write(prompt)));
      }
      producer.flush();
    }
  }

  /** Orders the learner to pause, or to go on. */
  void order(ActionKind kind) {
    var topic = context.topics().stageControls();
    var serde = new AvroSerde<>(context.registry(), topic);
    var action =
        new OperatorAction("1", kind, "anna", "console", "learner", null, -1, -1L, Map.of(), 1L);
    try (var producer =
        new KafkaProducer<>(
            context.kafka().producer("test-order"),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer.send(
          new ProducerRecord<>(
              topic.name(), "learner".getBytes(StandardCharsets.UTF_8), serde.write(action)));
      producer.flush();
    }
  }

  /** Puts bytes where scored groups are. */
  void pushScored(byte[] value) {
    try (var producer =
        new KafkaProducer<>(
            context.kafka().producer("test-scored"),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(context.topics().scoredSamples().name(), value));
      producer.flush();
    }
  }

  LearnerSettings learnerSettings() {
    return LearnerSettings.from(context.settings());
  }

  LearnerSettings learnerSettings(Path otherSnapshots) {
    LearnerSettings ours = learnerSettings();
    return new LearnerSettings(
        ours.config(),
        otherSnapshots,
        ours.keepSnapshots(),
        ours.transactions(),
        ours.leastUpdate());
  }

  LearnerStage learner(RunSettings run) {
    return learner(run, new RunListener() {});
  }

  LearnerStage learner(RunSettings run, RunListener listener) {
    var stage = new LearnerStage(context, learnerSettings(), Optional.of(run), listener);
    parts.add(stage);
    stage.start();
    return stage;
  }

  /** Runs a learner until its run has ended. */
  void finish(RunSettings run, RunListener listener) {
    var stage = learner(run, listener);
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              String health = stage.health().describe();
              assertThat(health).doesNotStartWith("failed");
              return health.contains("has ended");
            });
    stage.close();
  }

  FakeWorker worker(FakeWorker.Habits habits) {
    var worker = new FakeWorker(context, habits);
    parts.add(worker);
    worker.start();
    return worker;
  }

  List<TrainingStep> ledger(String run) {
    return new Ledger(context, Duration.ofSeconds(30)).entries(run);
  }

  /** All tasks that were issued. */
  List<RolloutTask> tasks() {
    var topic = context.topics().rolloutTasks();
    var serde = new AvroSerde<>(context.registry(), topic);
    List<RolloutTask> tasks = new ArrayList<>();
    new LogReader(context, topic.name(), "test-tasks", Duration.ofSeconds(30))
        .readAll(record -> tasks.add(serde.read(record.value())));
    return tasks;
  }

  /** What the broker does to a producer whose transaction took too long. */
  void endTransactionsOf(String id) {
    try {
      admin.fenceProducers(List.of(context.topics().prefix() + id)).all().get(30, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Publishes random weights as the version after an entry.
   *
   * @return their hash
   */
  String publish(RunSettings run, TrainingStep entry, long seed) {
    var start = StartPolicy.open(run, context, TorchRuntime.cpu());
    start.weights().close();
    try (var weights =
        DecoderWeights.random(
            TorchRuntime.cpu(), start.files().config(), Initialisation.SCALED, seed)) {
      publish(
          PolicyDraft.full(
              run.policy(),
              entry.getVersionAfter(),
              run.run(),
              entry.getStep(),
              weights,
              start.files(),
              WeightsType.FLOAT32));
      return weights.sha256();
    }
  }

  void publish(PolicyDraft draft) {
    Map<String, Object> config = PolicyPublisher.producerSettings(context.kafka(), "test-publish");
    config.put("transactional.id", context.topics().prefix() + "test-publish");
    try (var producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      new PolicyPublisher(context).publish(producer, draft);
      producer.commitTransaction();
    }
  }

  /** Puts an entry into the ledger that no learner of ours made. */
  void append(TrainingStep entry) {
    var topic = context.topics().trainingLedger();
    var serde = new AvroSerde<>(context.registry(), topic);
    try (var producer =
        new KafkaProducer<>(
            context.kafka().producer("test-ledger"),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer.send(
          new ProducerRecord<>(
              topic.name(),
              Ledger.key(entry.getRun(), entry.getStep()).getBytes(StandardCharsets.UTF_8),
              serde.write(entry)));
      producer.flush();
    }
  }

  @Override
  public void close() throws Exception {
    for (AutoCloseable part : parts.reversed()) {
      part.close();
    }
    context.controls().close();
    admin.deleteTopics(context.topics().all().stream().map(Topic::name).toList());
    admin.close(Duration.ofSeconds(5));
  }
}
