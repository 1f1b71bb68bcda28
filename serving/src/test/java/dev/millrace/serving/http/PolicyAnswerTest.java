package dev.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.models.checkpoint.ModelDirectory;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.tokenizer.TokenizerDefinition;
import dev.millrace.policy.PolicyFiles;
import dev.millrace.runtime.Settings;
import dev.millrace.serving.TinyModels;
import dev.millrace.serving.generate.GenerateSettings;
import dev.millrace.serving.generate.GeneratingBackend;
import dev.millrace.serving.generate.LiveModel;
import dev.millrace.serving.generate.ModelSource;
import io.quarkus.test.junit.QuarkusTest;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a policy's answer says of who wrote it, while versions come and go. */
@QuarkusTest
class PolicyAnswerTest extends HttpTestBase {

  private static final String CHAT = "/v1/chat/completions";
  private static final ModelSource BY_HAND =
      new ModelSource() {
        @Override
        public void start() {}

        @Override
        public void close() {}
      };

  @TempDir Path folder;
  private LiveModel policy;

  @BeforeEach
  void start() {
    GenerateSettings bounds =
        GenerateSettings.from(
            Settings.of(
                Map.of(
                    "millrace.serving.generate.context", "8192",
                    "millrace.serving.generate.slots", "2")));
    policy = new LiveModel(bounds, "no policy is published yet");
    backends.add(new GeneratingBackend("policy", policy, bounds, OptionalDouble.of(0), BY_HAND));
    serve(Map.of());
  }

  private void adopt(long version, TokenizerDefinition tokenizer, int hidden) {
    Path directory = folder.resolve("v" + version);
    try (DecoderWeights weights =
        TinyModels.weights(TinyModels.config(tokenizer, hidden), version)) {
      weights.save(directory);
      tokenizer.write(directory);
      policy.adopt(
          "sums",
          OptionalLong.of(version),
          PolicyFiles.of(ModelDirectory.open(directory)),
          weights,
          Instant.ofEpochSecond(1_700_000_000 + version));
    }
  }

  private static String policy(String question, String more) {
    return ask(question, more).replace("\"extractive\"", "\"policy\"");
  }

  @Test
  void answer_names_its_version_and_the_list_names_the_present_one() throws Exception {
    assertThat(post(CHAT, policy("37+45=", "")).statusCode()).isEqualTo(503);
    JsonNode away = json(get("/v1/models/policy"));
    assertThat(away.path("millrace").path("ready").asBoolean(true)).isFalse();
    assertThat(away.path("millrace").path("reason").asText())
        .isEqualTo("no policy is published yet");

    adopt(7, TinyModels.sumTokenizer(), 16);
    JsonNode answer = json(post(CHAT, policy("37+45=", "\"max_tokens\":4")));
    assertThat(answer.path("system_fingerprint").asText()).isEqualTo("sums@7");
    assertThat(answer.path("millrace").path("version").asLong()).isEqualTo(7);
    assertThat(answer.path("model").asText()).isEqualTo("policy");
    JsonNode listed = json(get("/v1/models/policy"));
    assertThat(listed.path("created").asLong()).isEqualTo(1_700_000_007);
    assertThat(listed.path("millrace").path("version").asLong()).isEqualTo(7);
    adopt(8, TinyModels.sumTokenizer(), 16);
    assertThat(
            json(post(CHAT, policy("37+45=", "\"max_tokens\":4")))
                .path("system_fingerprint")
                .asText())
        .isEqualTo("sums@8");
  }

  @Test
  void model_without_a_template_says_that_it_takes_no_documents() throws Exception {
    adopt(1, TinyModels.sumTokenizer(), 16);
    assertThat(json(get("/v1/models/policy")).at("/millrace/documents").asBoolean(true)).isFalse();
    var refused = post(CHAT, policy("1+1=", "\"documents\":true"));
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(json(refused).at("/error/param").asText()).isEqualTo("documents");
    assertThat(json(refused).at("/error/message").asText()).contains("no chat template");
    adopt(2, TinyModels.chatTokenizer(), 16);
    assertThat(json(get("/v1/models/policy")).at("/millrace/documents").asBoolean()).isTrue();
  }

  @Test
  void model_without_a_template_reads_the_newest_question_alone() throws Exception {
    adopt(1, TinyModels.sumTokenizer(), 16);
    String alone = post(CHAT, policy("1+1=", "\"max_tokens\":4")).body();
    String body =
        "{\"model\":\"policy\",\"max_tokens\":4,\"messages\":["
            + "{\"role\":\"user\",\"content\":\"what about letters?\"},"
            + "{\"role\":\"assistant\",\"content\":\"no\"},"
            + "{\"role\":\"user\",\"content\":\"1+1=\"}]}";
    assertThat(json(post(CHAT, body)).path("choices"))
        .isEqualTo(JSON.readTree(alone).path("choices"));
  }

  @Test
  void version_that_comes_in_mid_answer_goes_on_with_it_and_one_of_another_shape_does_not()
      throws Exception {
    adopt(1, TinyModels.chatTokenizer(), 16);
    Set<String> writers = new LinkedHashSet<>();
    String last = "";
    String body =
        policy(
            "Good morning",
            "\"stream\":true,\"max_tokens\":3000,\"response_format\":{\"type\":\"json_schema\","
                + "\"json_schema\":{\"name\":\"l\",\"schema\":{\"type\":\"string\","
                + "\"minLength\":1500}}}");
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(open(CHAT, body).body(), StandardCharsets.UTF_8))) {
      int chunks = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.startsWith("data: {")) {
          continue;
        }
        JsonNode chunk = JSON.readTree(line.substring(6));
        writers.add(chunk.path("system_fingerprint").asText());
        last = line;
        if (++chunks == 20) {
          adopt(2, TinyModels.chatTokenizer(), 16);
          adopt(3, TinyModels.chatTokenizer(), 32);
          assertThat(
                  json(post(CHAT, policy("Good morning", "\"max_tokens\":2")))
                      .path("system_fingerprint")
                      .asText())
              .isEqualTo("sums@3");
        }
      }
    }
    assertThat(writers).containsExactly("sums@1", "sums@2");
    assertThat(JSON.readTree(last.substring(6)).path("millrace").path("versions"))
        .extracting(JsonNode::asLong)
        .containsExactly(1L, 2L);
    assertThat(last).contains("\"finish_reason\":\"");
  }
}
