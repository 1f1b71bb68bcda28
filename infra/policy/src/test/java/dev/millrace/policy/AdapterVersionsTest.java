package dev.millrace.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.contracts.avro.WeightsKind;
import dev.millrace.devstack.ServerKind;
import dev.millrace.models.checkpoint.CheckpointException;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.models.train.Lora;
import dev.millrace.models.train.LoraFiles;
import dev.millrace.policy.PolicyException.Reason;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Versions that are adapters: published alone, brought back with what they apply to. */
@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AdapterVersionsTest {

  private static final TorchRuntime TORCH = TorchRuntime.cpu();
  private static final Lora.Settings SETTINGS =
      new Lora.Settings(4, 8, 0, Set.of("q_proj", "v_proj", "down_proj"));

  @TempDir Path folder;
  private PolicyLog log;
  private PolicyLoader loader;
  private PolicyDirectories directories;
  private DecoderWeights weights;
  private Lora lora;

  @BeforeAll
  void open(Servers servers) {
    log = new PolicyLog(servers, Map.of("millrace.policy.keep", "2"));
    loader = new PolicyLoader(log.context, TORCH);
    directories = new PolicyDirectories(log.context);
  }

  @AfterAll
  void close() {
    loader.close();
    log.close();
  }

  @BeforeEach
  void draw() {
    weights = Models.random(Models.TINY, 1);
    lora = shaken(2);
  }

  @AfterEach
  void free() {
    lora.close();
    weights.close();
  }

  private Lora shaken(long seed) {
    Lora made = Lora.create(weights, SETTINGS, seed);
    var random = new SplittableRandom(seed);
    for (PtNDArray tensor : made.tensors().values()) {
      float[] values = new float[(int) tensor.getShape().size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = 0.05f * (float) random.nextGaussian();
      }
      tensor.set(values);
    }
    return made;
  }

  private static PolicyDraft draft(PolicyVersion base, long version, Lora lora) {
    return PolicyDraft.adapter(
        base.getPolicy(),
        version,
        "run",
        version,
        new PolicyDraft.AdapterOf(base.getVersion(), base.getSha256(), lora.settings()),
        lora.views(),
        Models.files(Models.TINY));
  }

  @Test
  void an_adapter_travels_alone_and_arrives_merged() {
    PolicyVersion base = log.publish("merged", 1, weights);
    PolicyVersion manifest = log.publish(draft(base, 2, lora));

    assertThat(manifest.getKind()).isEqualTo(WeightsKind.ADAPTER);
    assertThat(manifest.getBaseVersion()).isEqualTo(1);
    assertThat(manifest.getBaseSha256()).isEqualTo(weights.sha256());
    assertThat(manifest.getSha256()).isEqualTo(lora.sha256());
    long numbers = lora.tensors().values().stream().mapToLong(PtNDArray::size).sum();
    assertThat(manifest.getBytes()).isEqualTo(4 * numbers).isLessThan(base.getBytes() / 8);
    assertThat(manifest.getFiles()).containsOnlyKeys("adapter_config.json");
    assertThat(manifest.getAttached()).isEmpty();
    try (LoadedPolicy loaded = loader.load(manifest, PolicyLog.PATIENCE);
        DecoderWeights expected = lora.merged(weights)) {
      assertThat(loaded.version()).isEqualTo(2);
      assertThat(loaded.weights().sha256()).isEqualTo(expected.sha256());
      assertThat(loaded.files().files().keySet())
          .containsExactly("config.json", "tokenizer.json", "tokenizer_config.json");
    }
    PolicyVersions versions = new PolicyVersions(log.context);
    assertThat(versions.withFiles(manifest)).isEqualTo(base);
  }

  @Test
  void a_base_in_bfloat16_is_adapted_as_it_was_rounded() {
    PolicyVersion base = log.publish(PolicyLog.draft("rounded", 1, weights, WeightsType.BFLOAT16));
    PolicyVersion manifest = log.publish(draft(base, 2, lora));

    assertThat(manifest.getDtype()).isEqualTo("F32");
    try (LoadedPolicy below = loader.load(base, PolicyLog.PATIENCE);
        LoadedPolicy loaded = loader.load(manifest, PolicyLog.PATIENCE);
        DecoderWeights expected = lora.merged(below.weights())) {
      assertThat(loaded.weights().sha256()).isEqualTo(expected.sha256());
    }
  }

  @Test
  void an_adapter_can_be_had_as_such_to_be_trained_further() {
    PolicyVersion base = log.publish("parts", 1, weights);
    PolicyVersion manifest = log.publish(draft(base, 2, lora));

    try (LoadedAdapter loaded = loader.loadAdapter(manifest, PolicyLog.PATIENCE)) {
      assertThat(loaded.weights().sha256()).isEqualTo(weights.sha256());
      assertThat(loaded.lora().sha256()).isEqualTo(lora.sha256());
      assertThat(loaded.lora().settings()).isEqualTo(SETTINGS);
    }
  }

  @Test
  void a_follower_takes_base_and_adapters_as_they_come() {
    ConcurrentLinkedQueue<String> adopted = new ConcurrentLinkedQueue<>();
    PolicyVersion base = log.publish("followed", 1, weights);
    try (PolicyFollower follower =
        new PolicyFollower(
            log.context,
            TORCH,
            "followed",
            "test",
            policy -> {
              try (policy) {
                adopted.add(policy.weights().sha256());
              }
            })) {
      follower.start();
      await().atMost(PolicyLog.PATIENCE).until(() -> follower.adopted() == 1);
      String last = weights.sha256();
      for (int version = 2; version <= 4; version++) {
        try (Lora next = shaken(version);
            DecoderWeights merged = next.merged(weights)) {
          log.publish(draft(base, version, next));
          last = merged.sha256();
        }
      }
      await().atMost(PolicyLog.PATIENCE).until(() -> follower.adopted() == 4);
      assertThat(adopted).startsWith(weights.sha256()).endsWith(last);

      // A whole version in between, and an adapter of that.
      try (DecoderWeights other = Models.random(Models.TINY, 8);
          DecoderWeights merged = lora.merged(other)) {
        PolicyVersion fifth = log.publish("followed", 5, other);
        log.publish(draft(fifth, 6, lora));
        await().atMost(PolicyLog.PATIENCE).until(() -> follower.adopted() == 6);
        assertThat(adopted).endsWith(merged.sha256());
      }
    }
  }

  @Test
  void the_base_stays_as_long_as_an_adapter_of_it_does() {
    PolicyVersion base = log.publish("pruned", 1, weights);
    for (int version = 2; version <= 9; version++) {
      log.publish(draft(base, version, lora));
    }
    PolicyVersion newest = new PolicyVersions(log.context).newest("pruned").orElseThrow();
    try (PolicyPruner pruner = new PolicyPruner(log.context)) {
      assertThat(pruner.prune("pruned", Long.MAX_VALUE, Set.of()).versions())
          .containsExactly(2L, 3L, 4L, 5L, 6L, 7L);
      try (LoadedPolicy loaded = loader.load(newest, PolicyLog.PATIENCE);
          DecoderWeights expected = lora.merged(weights)) {
        assertThat(loaded.weights().sha256()).isEqualTo(expected.sha256());
      }

      log.publish("pruned", 10, weights);
      log.publish("pruned", 11, weights);
      assertThat(pruner.prune("pruned", Long.MAX_VALUE, Set.of()).versions())
          .containsExactly(1L, 8L, 9L);
    }
    // The loader has met another base since.
    try (var fresh = new PolicyLoader(log.context, TORCH)) {
      assertRefused(
          () -> fresh.load(newest, PolicyLog.PATIENCE),
          Reason.PRUNED,
          "version 9 of policy pruned applies to version 1, which is not in the log");
    }
  }

  @Test
  void what_does_not_fit_is_refused_and_says_why() {
    PolicyVersion base = log.publish("refused", 1, weights);
    PolicyVersion good = log.publish(draft(base, 2, lora));
    PolicyVersion.Builder changed = PolicyVersion.newBuilder(good);
    String config = good.getFiles().get("adapter_config.json");

    assertRefused(
        changed.setBaseSha256("0".repeat(64)).build(),
        Reason.UNFIT,
        "version 2 of policy refused was made for a version 1 with the sha256 000");
    changed.setBaseSha256(good.getBaseSha256());
    assertRefused(changed.setBaseVersion(2L).build(), Reason.CORRUPT, "applies to version 2");
    assertRefused(changed.setBaseVersion(null).build(), Reason.CORRUPT, "applies to version null");
    changed.setBaseVersion(1L);
    assertRefused(
        changed
            .setFiles(Map.of("adapter_config.json", config.replace("\"r\":4", "\"r\":0")))
            .build(),
        Reason.UNFIT,
        "rank must be at least 1, not 0");
    assertRefused(
        changed
            .setFiles(Map.of("adapter_config.json", config.replace("\"r\":4", "\"r\":5")))
            .build(),
        Reason.UNFIT,
        "does not fit a LoRA adapter of rank 5",
        "wrong shape");
    assertRefused(changed.setFiles(Map.of()).build(), Reason.UNFIT, "no adapter_config.json");
    changed.setFiles(good.getFiles());
    assertRefused(
        changed.setVersion(4).setBaseVersion(2L).setBaseSha256(good.getSha256()).build(),
        Reason.NOT_SUPPORTED,
        "which is an adapter itself");
  }

  @Test
  void an_adapter_of_another_model_is_not_published() {
    PolicyVersion base = log.publish("unfit", 1, weights);
    try (DecoderWeights larger = Models.random(Models.RECORDS, 1);
        Lora other = Lora.create(larger, SETTINGS, 1)) {
      assertRefused(() -> log.publishAborted(draft(base, 2, other)), Reason.UNFIT, "wrong shape");
    }
    lora.tensors().values().iterator().next().addi(Float.NaN);
    assertRefused(() -> log.publishAborted(draft(base, 2, lora)), Reason.UNFIT, "NaN");
    assertThatThrownBy(() -> draft(base, 1, lora))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("version 1 of unfit cannot adapt version 1");
  }

  @Test
  void exported_it_is_an_adapter_directory_or_merged_a_model() {
    PolicyVersion base = log.publish("exported", 1, weights);
    PolicyVersion manifest = log.publish(draft(base, 2, lora));

    directories.exportTo(manifest, folder.resolve("adapter"));
    directories.exportMerged(manifest, folder.resolve("merged"));

    assertThat(folder.resolve("adapter")).isDirectoryContaining("glob:**adapter_model.safetensors");
    try (Lora read = LoraFiles.load(weights, folder.resolve("adapter"));
        DecoderWeights merged = DecoderWeights.load(TORCH, folder.resolve("merged"));
        DecoderWeights expected = lora.merged(weights)) {
      assertThat(read.sha256()).isEqualTo(lora.sha256());
      assertThat(read.settings()).isEqualTo(SETTINGS);
      for (String name : expected.names()) {
        float[] actual = merged.get(name).toFloatArray();
        float[] wanted = expected.get(name).toFloatArray();
        for (int i = 0; i < wanted.length; i++) {
          assertThat(actual[i]).as(name).isCloseTo(wanted[i], within(1e-6f));
        }
      }
    }
    assertThat(folder.resolve("merged/tokenizer.json")).exists();
  }

  @Test
  void an_adapter_directory_is_imported_onto_the_weights_of_the_newest_version() throws Exception {
    Path directory = folder.resolve("in");
    LoraFiles.save(lora, directory);
    assertRefused(
        () -> directories.importFrom(directory, "imported"),
        Reason.NOT_FOUND,
        "no weights that it could adapt: import the model first");
    log.publish("imported", 1, weights);

    PolicyVersion second = directories.importFrom(directory, "imported").manifest();
    PolicyVersion third = directories.importFrom(directory, "imported").manifest();

    assertThat(List.of(second.getBaseVersion(), third.getBaseVersion())).containsExactly(1L, 1L);
    try (LoadedPolicy loaded = loader.load(third, PolicyLog.PATIENCE);
        DecoderWeights expected = lora.merged(weights)) {
      assertThat(loaded.weights().sha256()).isEqualTo(expected.sha256());
    }
    try (DecoderWeights larger = Models.random(Models.RECORDS, 1);
        Lora other = Lora.create(larger, SETTINGS, 1)) {
      LoraFiles.save(other, folder.resolve("other"));
      assertRefused(
          () -> directories.importFrom(folder.resolve("other"), "imported"),
          Reason.UNFIT,
          "wrong shape");
    }
    Files.delete(directory.resolve("adapter_model.safetensors"));
    assertThatThrownBy(() -> directories.importFrom(directory, "imported"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("adapter_model.safetensors");
  }

  private void assertRefused(PolicyVersion manifest, Reason reason, String... words) {
    assertRefused(() -> loader.load(manifest, PolicyLog.PATIENCE).close(), reason, words);
  }

  private static void assertRefused(ThrowingCallable action, Reason reason, String... words) {
    PolicyException refusal = catchThrowableOfType(PolicyException.class, action);
    assertThat(refusal).as("a refusal").isNotNull();
    assertThat(refusal.reason()).as(refusal.getMessage()).isEqualTo(reason);
    assertThat(refusal.getMessage()).contains(words);
  }
}
