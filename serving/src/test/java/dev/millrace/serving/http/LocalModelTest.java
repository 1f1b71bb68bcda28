package dev.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.serving.TinyModels;
import dev.millrace.serving.generate.LocalBackends;
import io.quarkus.test.junit.QuarkusTest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole contract over a model of random weights. */
@QuarkusTest
class LocalModelTest extends HttpTestBase {

  private static final String CHAT = "/v1/chat/completions";

  @TempDir static Path folder;

  @BeforeAll
  static void model() {
    TinyModels.write(folder.resolve("tiny"), TinyModels.chatTokenizer(), 7);
  }

  @BeforeEach
  void start() {
    backends.add(LocalBackends.local(folder.resolve("tiny"), Map.of()));
    serve(Map.of());
    Awaitility.await()
        .until(() -> holder.serving().backends().named("local").availability().ready());
  }

  private static String local(String more) {
    return ask("Good morning", more).replace("extractive", "local");
  }

  private JsonNode choice(String more) throws Exception {
    HttpResponse<String> response = post(CHAT, local(more));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return json(response).path("choices").path(0);
  }

  @Test
  void seed_makes_the_answer_and_the_stream_says_the_same() throws Exception {
    String wishes = "\"seed\":42,\"max_tokens\":40";
    JsonNode whole = choice(wishes);
    assertThat(whole.path("finish_reason").asText()).isIn("length", "stop");
    String content = whole.path("message").path("content").asText();
    assertThat(content).isNotEmpty();
    assertThat(choice(wishes).path("message").path("content").asText()).isEqualTo(content);
    assertThat(choice("\"seed\":43,\"max_tokens\":40").path("message").path("content").asText())
        .isNotEqualTo(content);
    StrictSse stream =
        StrictSse.read(
            open(
                    CHAT,
                    local(wishes + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}"))
                .body());
    assertThat(stream.content.toString()).isEqualTo(content);
    assertThat(stream.usage.path("completion_tokens").asInt()).isBetween(1, 40);
    assertThat(stream.done).isTrue();
  }
}
