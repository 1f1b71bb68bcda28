package dev.millrace.learner.preference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Provisioner;
import dev.millrace.contracts.avro.Feedback;
import dev.millrace.contracts.avro.Message;
import dev.millrace.devstack.ServerKind;
import dev.millrace.models.checkpoint.ModelDirectory;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.models.train.ValueScorer;
import dev.millrace.policy.PolicyFiles;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.SettingsException;
import dev.millrace.runtime.StageContext;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Training on pairs as a whole. The made task: of two answers that with more sevens is better. */
@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class PairRunTest {

  private static final String START =
      """
      start:
        random:
          alphabet: "0123456789+="
          config: {hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 4,
                   intermediate_size: 48, max_position_embeddings: 16}
      """;

  private final StageContext nowhere =
      StageContext.of(Settings.of(Map.of()), new SimpleMeterRegistry());

  private static String answer(SplittableRandom random) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 5; i++) {
      text.append(random.nextInt(3) == 0 ? 7 : random.nextInt(10));
    }
    return text.toString();
  }

  private static long sevens(String text) {
    return text.chars().filter(c -> c == '7').count();
  }

  private static List<TextPair> pairs(int n) {
    var random = new SplittableRandom(1);
    List<TextPair> pairs = new ArrayList<>();
    while (pairs.size() < n) {
      String a = answer(random);
      String b = answer(random);
      if (sevens(a) != sevens(b)) {
        List<Message> prompt = List.of(new Message("user", random.nextInt(500) + "="));
        pairs.add(sevens(a) > sevens(b) ? new TextPair(prompt, a, b) : new TextPair(prompt, b, a));
      }
    }
    return pairs;
  }

  private static Path write(Path folder, List<TextPair> pairs) throws IOException {
    List<String> lines =
        pairs.stream()
            .map(
                pair ->
                    "{\"prompt\": \"%s\", \"chosen\": \"%s\", \"rejected\": \"%s\"}"
                        .formatted(
                            pair.prompt().getFirst().getContent(), pair.chosen(), pair.rejected()))
            .toList();
    return Files.write(folder.resolve("pairs.jsonl"), lines);
  }

  private static PairRunSettings settings(Path folder, String text) throws IOException {
    return PairRunSettings.read(Files.writeString(folder.resolve("pairs.yaml"), text));
  }

  private PairReport run(PairRunSettings settings, Path target) {
    return new PairRun(nowhere, settings, TorchRuntime.cpu()).into(target, new PairListener() {});
  }

  @Test
  void a_reward_model_comes_out_whole_and_the_same_for_the_same_seed(@TempDir Path folder)
      throws IOException {
    List<TextPair> pairs = pairs(900);
    pairs.add(new TextPair(List.of(new Message("user", "1=")), "7", "7"));
    pairs.add(new TextPair(List.of(new Message("user", "1=")), "7", "seven"));
    pairs.add(new TextPair(List.of(new Message("user", "1=")), "7777777777777777", "1"));
    PairRunSettings settings =
        settings(
            folder,
            START
                + """
                kind: reward-model
                seed: 4
                pairs: {file: %s}
                heldOut: 0.2
                training: {epochs: 3, batch: 32, rate: 0.003}
                output: {directory: %s}
                """
                    .formatted(write(folder, pairs), folder.resolve("one")));
    PairReport report = run(settings, folder.resolve("one"));
    assertThat(report.heldOutAccuracy().orElseThrow()).isGreaterThan(0.9);
    assertThat(report.pairs().leftOut())
        .isEqualTo(Map.of("equal", 1, "not-expressible", 1, "too-long", 1));
    assertThat(report.pairs().heldOut()).isBetween(100, 260);
    assertThat(report.pairs().training() + report.pairs().heldOut()).isEqualTo(900);
    assertThat(Files.readString(folder.resolve("one").resolve(PairReport.FILE)))
        .contains(report.weightsSha256(), report.pairs().sha256(), "\"reward-model\"");
    assertThat(ValueScorer.isIn(folder.resolve("one"))).isTrue();
    // Trained on from what came out, head included: it ranks as well as before from the start.
    PairRunSettings on =
        settings(
            folder,
            """
            kind: reward-model
            start: {directory: %s}
            pairs: {file: %s}
            heldOut: 0.2
            training: {rate: 1.0e-9}
            output: {directory: unused}
            """
                .formatted(folder.resolve("one"), folder.resolve("pairs.jsonl")));
    PairReport again = run(on, folder.resolve("on"));
    assertThat(again.startSha256()).isEqualTo(report.weightsSha256());
    assertThat(again.heldOutAccuracy()).isEqualTo(report.heldOutAccuracy());
    assertThat(run(settings, folder.resolve("two")).weightsSha256())
        .isEqualTo(report.weightsSha256());
    assertThatThrownBy(() -> run(settings, folder.resolve("one")))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("one exists: name a folder that does not");
  }

  @Test
  void a_policy_learns_from_the_feedback_of_readers(@TempDir Path folder, Servers servers)
      throws Exception {
    StageContext context =
        StageContext.of(
            Settings.of(
                Map.of(
                    "millrace.kafka.bootstrap", servers.endpoints().kafkaBootstrap(),
                    "millrace.registry.urls", servers.endpoints().registry().toString(),
                    "millrace.topics.prefix", servers.uniquePrefix())),
            new SimpleMeterRegistry());
    try (Admin admin = Admin.create(context.kafka().admin("test"))) {
      new Provisioner(admin, context.registry(), Duration.ofSeconds(30))
          .provision(List.of(context.topics().feedback()));
    }
    push(context, pairs(400));
    PairRunSettings settings =
        settings(
            folder,
            START
                + """
                kind: dpo
                pairs: {feedback: {models: [policy]}}
                heldOut: 0.2
                training: {epochs: 3, batch: 16, rate: 0.003, beta: 0.5}
                output: {policy: p}
                """);
    PairReport report =
        new PairRun(context, settings, TorchRuntime.cpu())
            .into(folder.resolve("policy"), new PairListener() {});
    assertThat(report.heldOutAccuracy().orElseThrow()).isGreaterThan(0.8);
    assertThat(report.weightsSha256()).isNotEqualTo(report.startSha256());
    PolicyFiles files = PolicyFiles.of(ModelDirectory.open(folder.resolve("policy")));
    assertThat(files.file(PairReport.FILE)).isPresent();
    assertThat(files.file("tokenizer.json")).isPresent();
  }

  /** Half of them as corrections, half as thumbs of two readers. */
  private static void push(StageContext context, List<TextPair> pairs) {
    var topic = context.topics().feedback();
    var serde = new AvroSerde<>(context.registry(), topic);
    try (var producer =
        new KafkaProducer<>(
            context.kafka().producer("test-feedback"),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (int i = 0; i < pairs.size(); i++) {
        TextPair pair = pairs.get(i);
        List<Feedback> said =
            i % 2 == 0
                ? List.of(feedback("m" + i, pair, pair.chosen(), pair.rejected()))
                : List.of(
                    feedback("m" + i, pair, pair.chosen(), null),
                    feedback("n" + i, pair, null, pair.rejected()));
        said.forEach(one -> producer.send(new ProducerRecord<>(topic.name(), serde.write(one))));
      }
      producer.flush();
    }
  }

  private static Feedback feedback(String id, TextPair pair, String chosen, String rejected) {
    return new Feedback("c", id, "policy", 1L, pair.prompt(), chosen, rejected, null, 0L);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "kind: best|kind must be one of reward-model, dpo, not 'best'",
        "seed: 1|kind is not set: give reward-model or dpo",
        "kind: dpo|start is not set: give start.directory",
        "kind: dpo, START|pairs is not set: give pairs.file or pairs.feedback",
        "kind: dpo, START, pairs: {file: f, feedback: {}}|pairs.file and feedback are both given",
        "kind: dpo, START, PAIRS|output is not set",
        "kind: reward-model, START, PAIRS, OUT|output.policy is given for a reward model",
        "kind: dpo, start: {published: {version: 1}}, PAIRS, OUT|start.published.policy is not set",
        "kind: dpo, START, PAIRS, OUT, training: {rate: 0}|training.rate is 0.0 but must be above"
            + " 0",
        "kind: dpo, trainng: {}|unknown setting trainng",
      })
  void wrong_settings_are_named_with_file_and_key(
      String text, String message, @TempDir Path folder) {
    String whole =
        text.replace("START", "start: {directory: d}")
            .replace("PAIRS", "pairs: {file: f}")
            .replace("OUT", "output: {policy: p}");
    assertThatThrownBy(() -> settings(folder, "{" + whole + "}"))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("pairs.yaml: " + message);
  }

  @Test
  void nothing_to_learn_from_is_said_with_the_reasons(@TempDir Path folder) throws IOException {
    Path pairs =
        Files.writeString(
            folder.resolve("p.jsonl"),
            "{\"prompt\": \"1=\", \"chosen\": \"x\", \"rejected\": \"y\"}\n");
    PairRunSettings settings =
        settings(
            folder, START + "kind: dpo\npairs: {file: %s}\noutput: {policy: p}\n".formatted(pairs));
    assertThatThrownBy(() -> run(settings, folder.resolve("out")))
        .isInstanceOf(SettingsException.class)
        .hasMessage(
            "pairs: there is nothing to learn from: 0 pairs to train on, 0 held out, left out"
                + " {not-expressible=1}");
  }
}
