package dev.millrace.serving.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contracts.Provisioner;
import dev.millrace.devstack.ServerKind;
import dev.millrace.models.checkpoint.ModelDirectory;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.models.tokenizer.TokenizerDefinition;
import dev.millrace.policy.PolicyDraft;
import dev.millrace.policy.PolicyFiles;
import dev.millrace.policy.PolicyPublisher;
import dev.millrace.policy.WeightsType;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.TinyModels;
import dev.millrace.serving.access.Caller;
import dev.millrace.serving.chat.AnswerEvent;
import dev.millrace.serving.chat.ChatBackend.Availability;
import dev.millrace.serving.chat.ChatMessage;
import dev.millrace.serving.chat.ChatTurn;
import dev.millrace.serving.chat.Finish;
import dev.millrace.serving.generate.GenerateSettings;
import dev.millrace.serving.generate.GeneratingBackend;
import dev.millrace.serving.generate.LiveModel;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class PolicyBackendTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir Path folder;
  private StageContext context;
  private GeneratingBackend backend;
  private int directories;

  @BeforeEach
  void start(Servers servers) {
    Settings settings =
        Settings.of(
            Map.of(
                "millrace.kafka.bootstrap", servers.endpoints().kafkaBootstrap(),
                "millrace.registry.urls", servers.endpoints().registry().toString(),
                "millrace.topics.prefix", servers.uniquePrefix()));
    context = StageContext.of(settings, new SimpleMeterRegistry());
    try (Admin admin = Admin.create(context.kafka().admin("test"))) {
      new Provisioner(admin, context.registry(), PATIENCE).provision(context.topics().all());
    }
    GenerateSettings bounds = GenerateSettings.from(settings);
    LiveModel model = new LiveModel(bounds, "no policy is published yet");
    backend =
        new GeneratingBackend(
            "policy",
            model,
            bounds,
            OptionalDouble.of(0),
            new PolicyWatch(context, Optional.empty(), TorchRuntime::cpu, model));
  }

  @AfterEach
  void stop() {
    backend.close();
  }

  @Test
  void newest_version_answers_and_is_named_and_swapped_live() throws Exception {
    backend.start();
    assertThat(backend.availability().ready()).isFalse();
    assertThatThrownBy(() -> ask("37+45="))
        .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.status()).isEqualTo(503));

    publish("sums", 0, TinyModels.sumTokenizer(), 16, 1);
    awaitVersion(0);
    assertThat(backend.created()).isPositive();
    List<AnswerEvent.Part> first = ask("37+45=");
    assertThat(writers(first)).containsExactly("sums@0");
    assertThat(first.getLast())
        .isInstanceOf(AnswerEvent.Ended.class); // the bare policy: no steps, no citations
    assertThat(text(first)).matches("[0-9+=\\- ]*");
    assertThat(text(ask("37+45="))).as("greedy by default").isEqualTo(text(first));

    publish("sums", 1, TinyModels.sumTokenizer(), 16, 2);
    awaitVersion(1);
    Awaitility.await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(writers(ask("37+45="))).containsExactly("sums@1"));

    // another shape and another tokenizer: a new engine
    publish("sums", 2, TinyModels.chatTokenizer(), 32, 3);
    awaitVersion(2);
    assertThat(writers(ask("Good morning, 東京!"))).containsExactly("sums@2");
  }

  @Test
  void message_that_the_vocabulary_cannot_write_is_refused_with_the_character() throws Exception {
    publish("sums", 0, TinyModels.sumTokenizer(), 16, 1);
    backend.start();
    awaitVersion(0);
    assertThatThrownBy(() -> ask("what is 37+45?"))
        .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.status()).isEqualTo(400))
        .hasMessageContaining("'w'");
  }

  private void awaitVersion(long version) {
    Awaitility.await()
        .atMost(PATIENCE)
        .until(
            () ->
                backend.availability().notes().contains(new Availability.Note("version", version)));
  }

  private List<AnswerEvent.Part> ask(String question) throws InterruptedException {
    List<AnswerEvent.Part> parts = new ArrayList<>();
    Finish finish =
        backend.answer(
            new ChatTurn(
                List.of(new ChatMessage("user", question)),
                Caller.ANONYMOUS,
                Optional.empty(),
                Map.of(),
                new ChatTurn.Limits(8, List.of())),
            parts::add);
    assertThat(finish.promptTokens()).isPositive();
    assertThat(finish.completionTokens()).isBetween(1, 8);
    return parts;
  }

  private static String text(List<AnswerEvent.Part> parts) {
    StringBuilder text = new StringBuilder();
    for (AnswerEvent.Part part : parts) {
      if (part instanceof AnswerEvent.Text piece) {
        text.append(piece.delta());
      }
    }
    return text.toString();
  }

  private static List<String> writers(List<AnswerEvent.Part> parts) {
    return parts.stream()
        .filter(AnswerEvent.WrittenBy.class::isInstance)
        .map(p -> ((AnswerEvent.WrittenBy) p).writer().fingerprint())
        .toList();
  }

  private void publish(
      String policy, long version, TokenizerDefinition tokenizer, int hidden, long seed)
      throws Exception {
    Path directory = folder.resolve("model-" + directories++);
    Map<String, Object> settings = PolicyPublisher.producerSettings(context.kafka(), "test");
    settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, context.topics().prefix() + "test");
    try (DecoderWeights weights = TinyModels.weights(TinyModels.config(tokenizer, hidden), seed);
        var producer =
            new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
      weights.save(directory);
      tokenizer.write(directory);
      PolicyFiles files = PolicyFiles.of(ModelDirectory.open(directory));
      producer.initTransactions();
      producer.beginTransaction();
      new PolicyPublisher(context)
          .publish(
              producer,
              PolicyDraft.full(
                  policy, version, "test", version, weights, files, WeightsType.FLOAT32));
      producer.commitTransaction();
    }
  }
}
