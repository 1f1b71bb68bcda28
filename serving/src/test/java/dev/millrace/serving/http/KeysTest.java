package dev.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.NotFoundException;
import com.openai.errors.UnauthorizedException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.embeddings.EmbeddingCreateParams;
import io.quarkus.test.junit.QuarkusTest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With keys, as OpenAI's own strict client sees it. */
@QuarkusTest
class KeysTest extends HttpTestBase {

  @BeforeEach
  void start() throws Exception {
    String hash =
        HexFormat.of()
            .formatHex(
                MessageDigest.getInstance("SHA-256")
                    .digest("s3cret".getBytes(StandardCharsets.UTF_8)));
    serve(Map.of("millrace.serving.api-keys", "office:" + hash + ":hr"));
  }

  @Test
  void whole_and_streamed_answers_are_accepted_and_equal() {
    OpenAIClient client = client("s3cret");
    ChatCompletion whole = client.chat().completions().create(question("extractive"));
    String content = whole.choices().get(0).message().content().orElseThrow();
    assertThat(content).contains("4711").contains("[1]");
    assertThat(whole.validate().choices().get(0).finishReason())
        .isEqualTo(ChatCompletion.Choice.FinishReason.STOP);
    assertThat(whole.choices().get(0).message().annotations().orElseThrow()).isNotEmpty();
    ChatCompletionAccumulator accumulator = ChatCompletionAccumulator.create();
    try (var stream = client.chat().completions().createStreaming(question("extractive"))) {
      stream.stream().map(ChatCompletionChunk::validate).forEach(accumulator::accumulate);
    }
    assertThat(accumulator.chatCompletion().choices().get(0).message().content()).contains(content);
    client.close();
  }

  @Test
  void models_and_embeddings_are_accepted() {
    OpenAIClient client = client("s3cret");
    assertThat(client.models().list().data()).hasSize(2);
    var embeddings =
        client
            .embeddings()
            .create(
                EmbeddingCreateParams.builder().model("builtin-hashed-v1").input("a text").build());
    assertThat(embeddings.data().get(0).embedding()).hasSize(384);
    client.close();
  }

  @Test
  void errors_become_the_clients_own() {
    Assertions.assertThatThrownBy(
            () -> client("wrong").chat().completions().create(question("extractive")))
        .isInstanceOf(UnauthorizedException.class);
    Assertions.assertThatThrownBy(
            () -> client("s3cret").chat().completions().create(question("gpt-9")))
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("gpt-9");
  }

  @Test
  void every_address_wants_a_key() throws Exception {
    for (String path :
        new String[] {"/v1/models", "/v1/search?q=x", "/v1/documents/producer/passage"}) {
      assertThat(get(path).statusCode()).as(path).isEqualTo(401);
      assertThat(get(path, "X-Millrace-Principals", "hr").statusCode()).as(path).isEqualTo(401);
      assertThat(get(path, "Authorization", "Bearer s3cret").statusCode()).as(path).isEqualTo(200);
    }
    assertThat(post("/v1/embeddings", "{}").statusCode()).isEqualTo(401);
    assertThat(post("/v1/chat/completions", "{}").statusCode()).isEqualTo(401);
    assertThat(get("/health").statusCode()).isEqualTo(200);
  }

  private OpenAIClient client(String key) {
    return OpenAIOkHttpClient.builder()
        .baseUrl(root.resolve("/v1").toString())
        .apiKey(key)
        .maxRetries(0)
        .build();
  }

  private static ChatCompletionCreateParams question(String model) {
    return ChatCompletionCreateParams.builder()
        .model(model)
        .addUserMessage("What is the salary of the captain?")
        .build();
  }
}
