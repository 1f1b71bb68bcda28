package dev.millrace.cli;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Provisioner;
import dev.millrace.contracts.Topic;
import dev.millrace.contracts.avro.Prompt;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.devstack.ChildJvm;
import dev.millrace.devstack.DevStackEndpoints;
import dev.millrace.devstack.ServerHome;
import dev.millrace.ingest.PromptProducer;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.awaitility.Awaitility;

/** Rollout, reward and learner as processes of their own, under a prefix of their own. */
final class LearningSystem implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(120);

  private final ServerHome home = ServerHome.locate();
  private final Map<String, ChildJvm> processes = new ConcurrentHashMap<>();
  private final Map<String, String> settings = new HashMap<>();
  private final Path folder;
  private final StageContext context;

  LearningSystem(
      DevStackEndpoints servers, String prefix, Path folder, Path config, Map<String, String> more)
      throws Exception {
    settings.putAll(more);
    this.folder = Files.createDirectories(folder.resolve(prefix));
    settings.put("millrace.kafka.bootstrap", servers.kafkaBootstrap());
    settings.put("millrace.registry.urls", servers.registry().toString());
    settings.put("millrace.topics.prefix", prefix);
    // The shortest lock: a killed worker's records come back after it at the latest.
    settings.put("millrace.rollout.lock", "2s");
    settings.put("millrace.reward.lock", "2s");
    settings.put("millrace.learner.config", config.toString());
    settings.put("millrace.learner.snapshots", this.folder.resolve("snapshots").toString());
    context = StageContext.of(Settings.of(settings), new SimpleMeterRegistry());
    try (var admin = Admin.create(context.kafka().admin("test"))) {
      new Provisioner(admin, context.registry(), PATIENCE).provision(context.topics().all());
    }
  }

  StageContext context() {
    return context;
  }

  void push(List<Prompt> prompts) {
    try (PromptProducer producer = Producers.prompts(context)) {
      prompts.forEach(producer::send);
      producer.flush(PATIENCE);
    }
  }

  /**
   * Starts a process and waits until it is ready.
   *
   * @param name of the process, of which there may be several for one target
   */
  void start(String name, String target) {
    launch(name, target, FreePort.find());
  }

  private void launch(String name, String target, int port) {
    Map<String, String> own = new HashMap<>(settings);
    own.put("millrace.http.port", String.valueOf(port));
    ChildJvm process = AppProcess.start(home, folder, name, target, own, death -> {});
    processes.put(name, process);
    try (var api = new Api(URI.create("http://127.0.0.1:" + port), Optional.empty())) {
      Awaitility.await(name + " ready, log " + process.log())
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(100))
          .until(() -> !process.isAlive() || api.status("/q/health/live") == 200);
    }
  }

  boolean isAlive(String name) {
    return processes.get(name).isAlive();
  }

  /** kill -9. */
  void kill(String name) {
    processes.get(name).kill();
  }

  /** Ends a process in good order. */
  void stop(String name) {
    processes.remove(name).close();
  }

  long pid(String name) {
    return processes.get(name).pid();
  }

  Path log(String name) {
    return processes.get(name).log();
  }

  /** The entries of the ledger as they stand now. */
  List<TrainingStep> ledger() {
    return read(context.topics().trainingLedger());
  }

  /** The committed records of a topic as they stand now. */
  <T extends SpecificRecord> List<T> read(Topic<T> topic) {
    var serde = new AvroSerde<>(context.registry(), topic);
    List<T> records = new ArrayList<>();
    try (var consumer =
        new KafkaConsumer<>(
            context.kafka().reader("test-reader"),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic.name()).stream()
              .map(info -> new TopicPartition(info.topic(), info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        for (var record : consumer.poll(Duration.ofMillis(200))) {
          records.add(serde.read(record.value()));
        }
      }
    }
    return records;
  }

  @Override
  public void close() {
    processes.values().forEach(ChildJvm::close);
  }
}
