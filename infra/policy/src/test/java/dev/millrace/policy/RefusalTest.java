package dev.millrace.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.contracts.avro.AttachedFile;
import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.devstack.ServerKind;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderConfigJson;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.policy.PolicyException.Reason;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RefusalTest {

  private static final TorchRuntime TORCH = TorchRuntime.cpu();

  private PolicyLog log;
  private PolicyLoader loader;
  private Servers servers;

  @BeforeAll
  void open(Servers servers) {
    this.servers = servers;
    log = new PolicyLog(servers);
    loader = new PolicyLoader(log.context, TORCH);
  }

  @AfterAll
  void close() {
    loader.close();
    log.close();
  }

  @Test
  void a_wrong_byte_is_refused() {
    try (DecoderWeights weights = Models.random(Models.TINY, 10);
        var producer = log.producer()) {
      PolicyVersion good = log.publish("corrupt", 1, weights);
      byte[] bytes = log.bytesOf(good);
      bytes[bytes.length / 2] ^= 1;
      producer.beginTransaction();
      PolicyVersion bad = PolicyLog.rewritten(producer, log.weights(), good, 2, List.of(bytes));
      producer.commitTransaction();

      assertRefused(bad, Reason.CORRUPT, "version 2 of policy corrupt", "sha256");
      try (LoadedPolicy still = loader.load(good, PolicyLog.PATIENCE)) {
        assertThat(still.weights().sha256()).isEqualTo(weights.sha256());
      }
    }
  }

  @Test
  void a_nan_made_on_the_way_counts_as_corrupt_and_not_as_a_bad_model() {
    try (DecoderWeights weights = Models.random(Models.TINY, 10);
        var producer = log.producer()) {
      PolicyVersion good = log.publish("nan-on-the-way", 1, weights);
      byte[] bytes = log.bytesOf(good);
      bytes[bytes.length - 1] = 0x7f;
      bytes[bytes.length - 2] = (byte) 0xff;
      producer.beginTransaction();
      PolicyVersion bad = PolicyLog.rewritten(producer, log.weights(), good, 2, List.of(bytes));
      producer.commitTransaction();

      assertRefused(bad, Reason.CORRUPT, "sha256");
    }
  }

  @Test
  void missing_and_surplus_bytes_are_refused() {
    try (DecoderWeights weights = Models.random(Models.TINY, 11);
        var producer = log.producer()) {
      PolicyVersion good = log.publish("length", 1, weights);
      byte[] bytes = log.bytesOf(good);
      byte[] half = Arrays.copyOf(bytes, bytes.length / 2);
      byte[] longer = Arrays.copyOf(bytes, bytes.length + 4);
      producer.beginTransaction();
      PolicyVersion cut = PolicyLog.rewritten(producer, log.weights(), good, 2, List.of(half));
      PolicyVersion doubled =
          PolicyLog.rewritten(producer, log.weights(), good, 3, List.of(longer));
      producer.commitTransaction();

      assertRefused(cut, Reason.TRUNCATED, half.length + " of its " + bytes.length);
      assertRefused(doubled, Reason.CORRUPT, "more than its");
    }
  }

  @Test
  void a_version_that_was_pruned_says_so() throws Exception {
    try (DecoderWeights weights = Models.random(Models.TINY, 12);
        PolicyLog own = new PolicyLog(servers)) {
      PolicyVersion first = own.publish("pruned", 1, weights);
      PolicyVersion second = own.publish("pruned", 2, weights);
      own.admin
          .deleteRecords(
              Map.of(own.weights(), RecordsToDelete.beforeOffset(second.getFirstOffset())))
          .all()
          .get(20, TimeUnit.SECONDS);

      try (var ownLoader = new PolicyLoader(own.context, TORCH)) {
        assertRefused(
            () -> ownLoader.load(first, PolicyLog.PATIENCE), Reason.PRUNED, "no longer in the log");
        try (LoadedPolicy loaded = ownLoader.load(second, PolicyLog.PATIENCE)) {
          assertThat(loaded.version()).isEqualTo(2);
        }
      }
    }
  }

  @Test
  void a_manifest_that_cannot_be_true_allocates_nothing() {
    try (DecoderWeights weights = Models.random(Models.TINY, 13)) {
      PolicyVersion manifest = log.publish("lies", 1, weights);

      assertRefused(PolicyVersion.newBuilder(manifest).setBytes(1L << 40).build(), Reason.CORRUPT);
      assertRefused(
          PolicyVersion.newBuilder(manifest).setBytes(manifest.getBytes() - 4).build(),
          Reason.CORRUPT);
      assertRefused(
          PolicyVersion.newBuilder(manifest).setDtype("F8").build(), Reason.NOT_SUPPORTED, "'F8'");
      assertRefused(
          PolicyVersion.newBuilder(manifest)
              .setFiles(Map.of("config.json", config(Models.RECORDS)))
              .build(),
          Reason.UNFIT,
          "wrong shape");
    }
  }

  @Test
  void an_open_transaction_before_a_version_is_named_when_time_runs_out() {
    try (DecoderWeights weights = Models.random(Models.TINY, 14);
        var slow = log.producer()) {
      slow.beginTransaction();
      slow.send(new ProducerRecord<>(log.weights().topic(), 0, new byte[] {1}, new byte[] {2}));
      slow.flush();
      PolicyVersion held = log.publish("held", 1, weights);

      assertRefused(
          () -> loader.load(held, Duration.ofSeconds(1)),
          Reason.TIMEOUT,
          "open transaction of another producer");
      slow.abortTransaction();
      try (LoadedPolicy loaded = loader.load(held, PolicyLog.PATIENCE)) {
        assertThat(loaded.weights().sha256()).isEqualTo(weights.sha256());
      }
    }
  }

  @Test
  void a_file_behind_the_tensors_is_verified_as_well() {
    var files = new TreeMap<>(Models.files(Models.TINY).files());
    files.put("tokenizer.model", new byte[] {(byte) 0xff, 1});
    try (DecoderWeights weights = Models.random(Models.TINY, 18)) {
      PolicyVersion manifest =
          log.publish(
              PolicyDraft.full(
                  "attached", 1, "run", 1, weights, new PolicyFiles(files), WeightsType.FLOAT32));
      var file = manifest.getAttached().get("tokenizer.model");
      var wrong = AttachedFile.newBuilder(file).setSha256("00").build();

      assertRefused(
          PolicyVersion.newBuilder(manifest).setAttached(Map.of("tokenizer.model", wrong)).build(),
          Reason.CORRUPT,
          "tokenizer.model in the log");
    }
  }

  @Test
  void a_broker_that_does_not_acknowledge_in_time_is_not_waited_for() {
    try (DecoderWeights weights = Models.random(Models.TINY, 19);
        PolicyLog hurried =
            new PolicyLog(servers, Map.of("millrace.policy.publish-deadline", "1ms"));
        var producer = hurried.producer()) {
      producer.beginTransaction();
      assertRefused(
          () ->
              new PolicyPublisher(hurried.context)
                  .publish(producer, PolicyLog.draft("late", 1, weights, WeightsType.FLOAT32)),
          Reason.TIMEOUT,
          "version 1 of policy late",
          "1 ms");
      producer.abortTransaction();
    }
  }

  @Test
  void weights_with_a_nan_are_not_published() {
    for (WeightsType type : WeightsType.values()) {
      try (DecoderWeights weights = Models.random(Models.TINY, 15);
          var producer = log.producer()) {
        weights.get("model.norm.weight").set(new float[64]);
        weights.get("model.norm.weight").addi(Float.NEGATIVE_INFINITY);
        producer.beginTransaction();

        assertRefused(
            () ->
                new PolicyPublisher(log.context)
                    .publish(producer, PolicyLog.draft("nan", 1, weights, type)),
            Reason.UNFIT,
            "version 1 of policy nan has a NaN");
        producer.abortTransaction();
      }
    }
  }

  @Test
  void weights_of_another_model_are_not_published() {
    try (DecoderWeights weights = Models.random(Models.TINY, 16);
        var producer = log.producer()) {
      var draft =
          PolicyDraft.full(
              "other", 1, "run", 1, weights, Models.files(Models.RECORDS), WeightsType.FLOAT32);
      producer.beginTransaction();
      assertRefused(() -> new PolicyPublisher(log.context).publish(producer, draft), Reason.UNFIT);
      producer.abortTransaction();
    }
  }

  private static String config(DecoderConfig config) {
    return DecoderConfigJson.write(config).toString();
  }

  private void assertRefused(PolicyVersion manifest, Reason reason, String... words) {
    assertRefused(() -> loader.load(manifest, PolicyLog.PATIENCE).close(), reason, words);
  }

  private static void assertRefused(ThrowingCallable action, Reason reason, String... words) {
    PolicyException refusal = catchThrowableOfType(PolicyException.class, action);
    assertThat(refusal).as("a refusal").isNotNull();
    assertThat(refusal.reason()).as(refusal.getMessage()).isEqualTo(reason);
    for (String word : words) {
      assertThat(refusal).hasMessageContaining(word);
    }
  }
}
