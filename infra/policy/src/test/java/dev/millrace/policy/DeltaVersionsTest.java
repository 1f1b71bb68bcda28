package dev.millrace.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.contracts.avro.WeightsKind;
import dev.millrace.devstack.ServerKind;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.checkpoint.TensorDigest;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.kafka.clients.producer.Producer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Versions that are published as their difference from a whole one. */
@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeltaVersionsTest {

  private static final TorchRuntime TORCH = TorchRuntime.cpu();

  @TempDir Path folder;
  private PolicyLog log;
  private PolicyPublisher publisher;
  private Producer<byte[], byte[]> producer;
  private DecoderWeights weights;
  private PolicyFiles files;
  private long step;

  @BeforeAll
  void open(Servers servers) {
    log = new PolicyLog(servers, Map.of("millrace.policy.keep", "2"));
    producer = log.producer();
  }

  @AfterAll
  void close() {
    producer.close();
    log.close();
  }

  @BeforeEach
  void draw() {
    publisher = new PolicyPublisher(log.context);
    weights = Models.random(Models.RECORDS, 1);
    files = Models.files(Models.RECORDS);
  }

  @AfterEach
  void free() {
    weights.close();
  }

  /** Moves every weight a little, as an optimizer does. */
  private void learn(double rate) {
    var random = new SplittableRandom(++step);
    try (Scope scope = Scope.open(TORCH)) {
      for (PtNDArray tensor : weights.list()) {
        float[] change = new float[(int) tensor.size()];
        for (int i = 0; i < change.length; i++) {
          change[i] = (float) (rate * random.nextDouble(-1, 1));
        }
        tensor.addi(scope.floats(change, tensor.getShape().getShape()));
      }
    }
  }

  private PolicyVersion publish(String policy, long version, WeightsType type, int deltas) {
    producer.beginTransaction();
    PolicyVersion manifest = publisher.publish(producer, draft(policy, version, type, deltas));
    producer.commitTransaction();
    publisher.committed();
    return manifest;
  }

  private PolicyDraft draft(String policy, long version, WeightsType type, int deltas) {
    return PolicyDraft.full(policy, version, "run", version, weights, files, type)
        .withDeltas(deltas);
  }

  private String sha256(WeightsType type) {
    List<Tensor> tensors = new ArrayList<>();
    weights.tensors().forEach(tensor -> tensors.add(CastTensor.of(tensor, type)));
    return TensorDigest.sha256(tensors);
  }

  @Test
  void a_small_change_travels_as_a_small_delta_and_arrives_bit_by_bit() {
    for (WeightsType type : WeightsType.values()) {
      String policy = "small-" + type;
      PolicyVersion whole = publish(policy, 1, type, 3);
      try (var loader = new PolicyLoader(log.context, TORCH);
          var late = new PolicyLoader(log.context, TORCH)) {
        for (int version = 2; version <= 4; version++) {
          learn(1e-6);
          PolicyVersion delta = publish(policy, version, type, 3);

          assertThat(delta.getKind()).isEqualTo(WeightsKind.DELTA);
          assertThat(delta.getBaseVersion()).as("always the whole one").isEqualTo(1);
          assertThat(delta.getBaseSha256()).isEqualTo(whole.getSha256());
          assertThat(delta.getSha256()).isEqualTo(sha256(type));
          assertThat(delta.getBytes())
              .isLessThan(whole.getBytes() * (type == WeightsType.BFLOAT16 ? 10 : 75) / 100);
          assertThat(delta.getFiles()).isEmpty();
          assertLoaded(loader, delta, type);
        }
        learn(1e-6);
        PolicyVersion next = publish(policy, 5, type, 3);
        assertThat(next.getKind()).as("three have followed").isEqualTo(WeightsKind.FULL);
        learn(1e-6);
        PolicyVersion last = publish(policy, 6, type, 3);
        assertThat(last.getBaseVersion()).isEqualTo(5);
        assertLoaded(late, last, type);
        assertLoaded(loader, last, type);
      }
    }
  }

  private void assertLoaded(PolicyLoader loader, PolicyVersion manifest, WeightsType type) {
    try (LoadedPolicy loaded = loader.load(manifest, PolicyLog.PATIENCE)) {
      assertThat(loaded.files().config()).isEqualTo(Models.RECORDS);
      for (Tensor tensor : weights.tensors()) {
        assertThat(loaded.weights().get(tensor.name()).toFloatArray())
            .isEqualTo(CastTensor.of(tensor, type).toFloats());
      }
    }
  }

  @Test
  void a_large_change_travels_whole() {
    publish("large", 1, WeightsType.FLOAT32, 9);
    weights.close();
    weights = Models.random(Models.RECORDS, 2);
    PolicyVersion second = publish("large", 2, WeightsType.FLOAT32, 9);
    learn(1e-6);
    PolicyVersion third = publish("large", 3, WeightsType.FLOAT32, 9);

    assertThat(second.getKind()).isEqualTo(WeightsKind.FULL);
    assertThat(third.getBaseVersion()).isEqualTo(2);
  }

  @Test
  void only_what_is_known_to_be_committed_is_a_base() {
    publish("aborted", 1, WeightsType.BFLOAT16, 9);
    learn(1e-6);
    producer.beginTransaction();
    PolicyVersion lost = publisher.publish(producer, draft("aborted", 2, WeightsType.BFLOAT16, 9));
    producer.abortTransaction();
    PolicyVersion again = publish("aborted", 2, WeightsType.BFLOAT16, 9);
    assertThat(lost.getBaseVersion()).isEqualTo(1);
    assertThat(again.getBaseVersion()).isEqualTo(1);

    publisher = new PolicyPublisher(log.context); // as after a restart
    producer.beginTransaction();
    publisher.publish(producer, draft("aborted", 3, WeightsType.BFLOAT16, 9));
    producer.abortTransaction();
    learn(1e-6);
    PolicyVersion third = publish("aborted", 3, WeightsType.BFLOAT16, 9);
    assertThat(third.getKind()).isEqualTo(WeightsKind.FULL);
    assertThat(publish("aborted", 4, WeightsType.BFLOAT16, 0).getKind())
        .as("none wanted")
        .isEqualTo(WeightsKind.FULL);
  }

  @Test
  void a_follower_that_skips_needs_the_whole_one_and_the_newest_alone() {
    WeightsType type = WeightsType.BFLOAT16;
    publish("followed", 1, type, 50);
    for (int version = 2; version <= 8; version++) {
      learn(1e-6);
      publish("followed", version, type, 50);
    }
    try (PolicyPruner pruner = new PolicyPruner(log.context)) {
      assertThat(pruner.prune("followed", Long.MAX_VALUE, Set.of()).versions())
          .containsExactly(2L, 3L, 4L, 5L, 6L);
    }
    ConcurrentLinkedQueue<Long> adopted = new ConcurrentLinkedQueue<>();
    try (PolicyFollower follower =
        new PolicyFollower(
            log.context,
            TORCH,
            "followed",
            "test",
            policy -> {
              try (policy) {
                adopted.add(policy.version());
              }
            })) {
      follower.start();
      await().atMost(PolicyLog.PATIENCE).until(() -> follower.adopted() == 8);
      for (int version = 9; version <= 60; version++) {
        learn(1e-6);
        publish("followed", version, type, 50);
      }
      await().atMost(PolicyLog.PATIENCE).until(() -> follower.adopted() == 60);
      assertThat(adopted).startsWith(8L).endsWith(60L);
    }
  }

  @Test
  void a_delta_that_is_not_what_it_says_is_refused() {
    publish("refused", 1, WeightsType.BFLOAT16, 9);
    learn(1e-6);
    PolicyVersion delta = publish("refused", 2, WeightsType.BFLOAT16, 9);
    PolicyVersion.Builder changed = PolicyVersion.newBuilder(delta);
    try (var loader = new PolicyLoader(log.context, TORCH)) {
      assertRefused(loader, changed.setSha256("0".repeat(64)).build(), "sha256");
      changed.setSha256(delta.getSha256());
      assertRefused(loader, changed.setBaseSha256("1".repeat(64)).build(), "was made for");
      changed.setBaseSha256(delta.getBaseSha256());
      assertRefused(loader, changed.setBytes(delta.getBytes() - 1).build(), "more than its");
      byte[] bytes = log.bytesOf(delta);
      byte[] broken = bytes.clone();
      broken[bytes.length / 2] ^= 8;
      producer.beginTransaction();
      PolicyVersion odd = PolicyLog.rewritten(producer, log.weights(), delta, 3, List.of(broken));
      PolicyVersion cut =
          PolicyVersion.newBuilder(
                  PolicyLog.rewritten(
                      producer,
                      log.weights(),
                      delta,
                      4,
                      List.of(Arrays.copyOf(bytes, bytes.length - 9))))
              .setBytes(bytes.length - 9L)
              .build();
      producer.commitTransaction();
      assertThatThrownBy(() -> loader.load(odd, PolicyLog.PATIENCE))
          .isInstanceOfSatisfying(
              PolicyException.class,
              e -> assertThat(e.reason()).isEqualTo(PolicyException.Reason.CORRUPT));
      assertRefused(loader, cut, "of its difference");
      assertLoaded(loader, delta, WeightsType.BFLOAT16);
    }
  }

  private static void assertRefused(PolicyLoader loader, PolicyVersion manifest, String words) {
    assertThatThrownBy(() -> loader.load(manifest, PolicyLog.PATIENCE))
        .isInstanceOf(PolicyException.class)
        .hasMessageContaining(words);
  }

  @Test
  void exported_it_is_the_model_that_was_published() {
    publish("exported", 1, WeightsType.BFLOAT16, 9);
    learn(1e-5);
    PolicyVersion delta = publish("exported", 2, WeightsType.BFLOAT16, 9);
    Path target = folder.resolve("out");

    new PolicyDirectories(log.context).exportTo(delta, target);

    assertThat(new PolicyDirectories(log.context).importFrom(target, "again").manifest())
        .satisfies(
            again -> {
              assertThat(again.getKind()).isEqualTo(WeightsKind.FULL);
              assertThat(again.getSha256()).isEqualTo(delta.getSha256());
            });
  }
}
