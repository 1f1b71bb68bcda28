package dev.millrace.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.devstack.ServerKind;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.checkpoint.TensorDigest;
import dev.millrace.models.decoder.DecoderConfigJson;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PublishAndLoadTest {

  private static final TorchRuntime TORCH = TorchRuntime.cpu();

  private PolicyLog log;
  private PolicyLoader loader;

  @BeforeAll
  void open(Servers servers) {
    log = new PolicyLog(servers);
    loader = new PolicyLoader(log.context, TORCH);
  }

  @AfterAll
  void close() {
    loader.close();
    log.close();
  }

  @Test
  void what_is_loaded_in_float32_is_bit_identical_over_many_records() {
    try (DecoderWeights weights = Models.random(Models.RECORDS, 1)) {
      PolicyVersion manifest = log.publish("round", 1, weights);

      assertThat(manifest.getLastOffset() - manifest.getFirstOffset()).isEqualTo(3);
      assertThat(manifest.getSha256()).isEqualTo(weights.sha256());
      try (LoadedPolicy loaded = loader.load(manifest, PolicyLog.PATIENCE)) {
        assertThat(loaded.weights().sha256()).isEqualTo(weights.sha256());
        assertThat(loaded.files().config()).isEqualTo(Models.RECORDS);
        assertThat(loaded.files().files().keySet())
            .containsExactly("config.json", "tokenizer.json", "tokenizer_config.json");
      }
    }
  }

  @Test
  void bfloat16_arrives_as_it_was_rounded() {
    try (DecoderWeights weights = Models.random(Models.RECORDS, 2)) {
      List<Tensor> rounded = new ArrayList<>();
      weights.tensors().forEach(t -> rounded.add(CastTensor.of(t, WeightsType.BFLOAT16)));

      PolicyVersion manifest =
          log.publish(PolicyLog.draft("rounded", 1, weights, WeightsType.BFLOAT16));

      assertThat(manifest.getBytes()).isEqualTo(2 * Models.RECORDS.weights());
      assertThat(manifest.getSha256()).isEqualTo(TensorDigest.sha256(rounded));
      try (LoadedPolicy loaded = loader.load(manifest, PolicyLog.PATIENCE)) {
        for (Tensor tensor : rounded) {
          assertThat(loaded.weights().get(tensor.name()).toFloatArray())
              .isEqualTo(tensor.toFloats());
        }
      }
    }
  }

  @Test
  void weights_may_change_as_soon_as_publish_returns() {
    try (DecoderWeights weights = Models.random(Models.RECORDS, 3);
        var producer = log.producer()) {
      String before = weights.sha256();
      producer.beginTransaction();
      PolicyVersion manifest =
          new PolicyPublisher(log.context)
              .publish(producer, PolicyLog.draft("moving", 1, weights, WeightsType.FLOAT32));
      weights.list().forEach(tensor -> tensor.muli(2));
      producer.commitTransaction();

      try (LoadedPolicy loaded = loader.load(manifest, PolicyLog.PATIENCE)) {
        assertThat(loaded.weights().sha256()).isEqualTo(before);
      }
    }
  }

  @Test
  void writers_of_several_runs_may_interleave() throws Exception {
    try (DecoderWeights first = Models.random(Models.RECORDS, 4);
        DecoderWeights second = Models.random(Models.RECORDS, 5)) {
      var manifests = new ConcurrentHashMap<String, PolicyVersion>();
      List<Thread> writers = new ArrayList<>();
      Map.of("left", first, "right", second)
          .forEach(
              (policy, weights) ->
                  writers.add(
                      Thread.ofPlatform()
                          .start(
                              () -> {
                                try (var producer = log.producer()) {
                                  producer.beginTransaction();
                                  manifests.put(
                                      policy,
                                      new PolicyPublisher(log.context)
                                          .publish(
                                              producer,
                                              PolicyLog.draft(
                                                  policy, 1, weights, WeightsType.FLOAT32)));
                                  producer.commitTransaction();
                                }
                              })));
      for (Thread writer : writers) {
        assertThat(writer.join(PolicyLog.PATIENCE)).isTrue();
      }
      // Records of another key between those of a version.
      try (LoadedPolicy left = loader.load(manifests.get("left"), PolicyLog.PATIENCE);
          LoadedPolicy right = loader.load(manifests.get("right"), PolicyLog.PATIENCE)) {
        assertThat(left.weights().sha256()).isEqualTo(first.sha256());
        assertThat(right.weights().sha256()).isEqualTo(second.sha256());
      }
    }
  }

  @Test
  void an_aborted_version_is_invisible_and_disturbs_no_other() {
    try (DecoderWeights weights = Models.random(Models.TINY, 6);
        DecoderWeights other = Models.random(Models.TINY, 7);
        var producer = log.producer()) {
      var publisher = new PolicyPublisher(log.context);
      producer.beginTransaction();
      publisher.publish(producer, PolicyLog.draft("aborted", 1, other, WeightsType.FLOAT32));
      producer.abortTransaction();
      assertThat(new PolicyVersions(log.context).of("aborted")).isEmpty();

      // The same key once more, as a learner does that comes back.
      producer.beginTransaction();
      publisher.publish(producer, PolicyLog.draft("aborted", 1, weights, WeightsType.FLOAT32));
      producer.commitTransaction();

      PolicyVersion found = new PolicyVersions(log.context).newest("aborted").orElseThrow();
      try (LoadedPolicy loaded = loader.load(found, PolicyLog.PATIENCE)) {
        assertThat(loaded.weights().sha256()).isEqualTo(weights.sha256());
      }
    }
  }

  @Test
  void large_and_binary_files_travel_behind_the_tensors() {
    String vocabulary = "{\"long\":\"" + "x".repeat(5 << 20) + "\"}";
    byte[] binary = {(byte) 0xff, 0, 1, (byte) 0xfe};
    var files = new TreeMap<>(Models.files(Models.TINY).files());
    files.put("vocab.json", vocabulary.getBytes(StandardCharsets.UTF_8));
    files.put("tokenizer.model", binary);
    files.put("merges.txt", new byte[0]);
    try (DecoderWeights weights = Models.random(Models.TINY, 8)) {
      PolicyVersion manifest =
          log.publish(
              PolicyDraft.full(
                  "files", 1, "run", 1, weights, new PolicyFiles(files), WeightsType.FLOAT32));

      assertThat(manifest.getAttached().keySet())
          .containsExactlyInAnyOrder("vocab.json", "tokenizer.model");
      try (LoadedPolicy loaded = loader.load(manifest, PolicyLog.PATIENCE)) {
        assertThat(loaded.files().files().keySet()).isEqualTo(files.keySet());
        files.forEach(
            (name, content) ->
                assertThat(loaded.files().files().get(name)).as(name).isEqualTo(content));
        assertThat(loaded.weights().sha256()).isEqualTo(weights.sha256());
      }
    }
  }

  @Test
  void a_tied_model_has_no_head_of_its_own() {
    var tied = Models.files(Models.TINY, Map.of()).json("config.json").deepCopy();
    ((ObjectNode) tied).put("tie_word_embeddings", true);
    var config = DecoderConfigJson.parse(tied);
    try (DecoderWeights weights = Models.random(config, 9)) {
      PolicyVersion manifest = log.publish("tied", 1, weights);

      assertThat(manifest.getTensors()).noneMatch(t -> t.getName().equals("lm_head.weight"));
      try (LoadedPolicy loaded = loader.load(manifest, PolicyLog.PATIENCE)) {
        assertThat(loaded.weights().sha256()).isEqualTo(weights.sha256());
      }
    }
  }

  @Test
  void manifests_are_listed_by_policy_and_number() {
    try (DecoderWeights weights = Models.random(Models.TINY, 17)) {
      for (long version : new long[] {2, 9, 10, 11}) {
        log.publish("listed", version, weights);
      }
      var versions = new PolicyVersions(log.context);

      assertThat(versions.of("listed"))
          .extracting(PolicyVersion::getVersion)
          .containsExactly(2L, 9L, 10L, 11L);
      assertThat(versions.newest("listed").orElseThrow().getVersion()).isEqualTo(11);
      assertThat(versions.find("listed", 9)).isPresent();
      assertThat(versions.find("listed", 3)).isEmpty();
      assertThat(versions.newest("unheard-of")).isEmpty();
    }
  }
}
