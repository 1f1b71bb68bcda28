package dev.millrace.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.devstack.ServerKind;
import dev.millrace.models.checkpoint.Checkpoint;
import dev.millrace.models.checkpoint.CheckpointException;
import dev.millrace.models.checkpoint.ModelDirectory;
import dev.millrace.models.checkpoint.TensorType;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.models.tokenizer.Tokenizer;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class PolicyDirectoriesTest {

  private static final TorchRuntime TORCH = TorchRuntime.cpu();

  @TempDir Path folder;
  private PolicyLog log;
  private PolicyDirectories directories;
  private DecoderWeights weights;

  @BeforeEach
  void open(Servers servers) {
    log = new PolicyLog(servers);
    directories = new PolicyDirectories(log.context);
    weights = Models.random(Models.TINY, 1);
  }

  @AfterEach
  void close() {
    weights.close();
    log.close();
  }

  @Test
  void an_exported_version_is_a_model_that_loads_elsewhere() throws IOException {
    PolicyFiles files = Models.files(Models.TINY, Map.of("notes.txt", "made here"));
    PolicyVersion manifest =
        log.publish(PolicyDraft.full("p", 1, "run", 1, weights, files, WeightsType.FLOAT32));
    Path target = folder.resolve("deep/er/out");

    directories.exportTo(manifest, target);

    try (DecoderWeights read = DecoderWeights.load(TORCH, target);
        Tokenizer tokenizer = Tokenizer.open(target)) {
      assertThat(read.sha256()).isEqualTo(weights.sha256());
      assertThat(read.config()).isEqualTo(Models.TINY);
      assertThat(tokenizer.encode("1+1")).hasSize(3);
    }
    assertThat(target.resolve("notes.txt")).hasContent("made here");
    assertThat(ModelDirectory.open(target).config().path("torch_dtype").asText())
        .isEqualTo("float32");
    try (Stream<Path> beside = Files.list(target.getParent())) {
      assertThat(beside).containsExactly(target);
    }
  }

  @Test
  void a_version_in_bfloat16_is_exported_as_such_and_comes_back_as_such() {
    PolicyVersion first = log.publish(PolicyLog.draft("p", 1, weights, WeightsType.BFLOAT16));
    Path target = folder.resolve("out");

    directories.exportTo(first, target);
    PolicyVersion back = directories.importFrom(target, "again").manifest();

    assertThat(ModelDirectory.open(target).config().path("torch_dtype").asText())
        .isEqualTo("bfloat16");
    try (Checkpoint checkpoint = Checkpoint.open(target)) {
      assertThat(checkpoint.tensors().values())
          .allMatch(tensor -> tensor.type() == TensorType.BF16);
    }
    assertThat(back.getSha256()).isEqualTo(first.getSha256());
    assertThat(back.getDtype()).isEqualTo("BF16");
  }

  @Test
  void a_folder_in_use_is_refused_and_left_as_it_is() throws IOException {
    PolicyVersion manifest = log.publish("p", 1, weights);
    Files.writeString(folder.resolve("mine"), "x");

    assertThatThrownBy(() -> directories.exportTo(manifest, folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("not empty");
    try (Stream<Path> inside = Files.list(folder)) {
      assertThat(inside).containsExactly(folder.resolve("mine"));
    }
  }

  @Test
  void an_export_that_fails_leaves_nothing() throws IOException {
    PolicyVersion manifest = log.publish("p", 1, weights);
    PolicyVersion wrong = PolicyVersion.newBuilder(manifest).setSha256("00").build();

    assertThatThrownBy(() -> directories.exportTo(wrong, folder.resolve("out")))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining("sha256");
    try (Stream<Path> inside = Files.list(folder)) {
      assertThat(inside).isEmpty();
    }
  }

  @Test
  void an_import_is_the_next_version_and_shuts_the_learner_out() {
    Path directory = folder.resolve("model");
    weights.save(directory);
    Models.CHARACTERS.write(directory);
    Map<String, Object> map = PolicyPublisher.producerSettings(log.context.kafka(), "learner");
    map.put(
        ProducerConfig.TRANSACTIONAL_ID_CONFIG,
        PolicyDirectories.learnerTransactionalId(log.context, "run"));
    try (var learner =
        new KafkaProducer<>(map, new ByteArraySerializer(), new ByteArraySerializer())) {
      var publisher = new PolicyPublisher(log.context);
      learner.initTransactions();
      learner.beginTransaction();
      publisher.publish(learner, PolicyLog.draft("p", 4, weights, WeightsType.FLOAT32));
      learner.commitTransaction();
      learner.beginTransaction();
      publisher.publish(learner, PolicyLog.draft("p", 5, weights, WeightsType.FLOAT32));

      PolicyDirectories.Imported imported = directories.importFrom(directory, "p");

      assertThat(imported.manifest().getVersion()).isEqualTo(5);
      assertThat(imported.manifest().getRun()).isEqualTo("import");
      assertThat(imported.fencedRun()).contains("run");
      assertThat(imported.manifest().getSha256()).isEqualTo(weights.sha256());
      assertThatThrownBy(learner::commitTransaction).isInstanceOf(ProducerFencedException.class);
    }
    assertThat(new PolicyVersions(log.context).of("p"))
        .extracting(PolicyVersion::getRun)
        .containsExactly("run", "import");
  }

  @Test
  void the_first_version_of_a_policy_may_be_an_import() {
    Path directory = folder.resolve("model");
    weights.save(directory);

    var first = directories.importFrom(directory, "fresh");
    var second = directories.importFrom(directory, "fresh");

    assertThat(List.of(first.manifest().getVersion(), second.manifest().getVersion()))
        .containsExactly(1L, 2L);
    assertThat(first.fencedRun()).isEmpty();
    assertThat(second.fencedRun()).isEmpty();
    try (var loader = new PolicyLoader(log.context, TORCH);
        LoadedPolicy loaded = loader.load(second.manifest(), PolicyLog.PATIENCE)) {
      assertThat(loaded.weights().sha256()).isEqualTo(weights.sha256());
    }
  }

  @Test
  void what_is_no_decoder_is_not_imported() throws IOException {
    assertThatThrownBy(() -> directories.importFrom(folder, "p"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("config.json");
    weights.save(folder.resolve("model"));
    Files.delete(folder.resolve("model/model.safetensors"));
    assertThatThrownBy(() -> directories.importFrom(folder.resolve("model"), "p"))
        .isInstanceOf(CheckpointException.class);
    assertThatThrownBy(() -> directories.importFrom(folder, "../p"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'../p'");
  }
}
