package dev.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.OpenAIException;
import com.openai.errors.RateLimitException;
import com.openai.helpers.ChatCompletionAccumulator;
import com.openai.models.FunctionDefinition;
import com.openai.models.FunctionParameters;
import com.openai.models.ResponseFormatJsonObject;
import com.openai.models.ResponseFormatJsonSchema;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.chat.completions.ChatCompletionToolChoiceOption;
import io.quarkus.test.junit.QuarkusTest;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** As OpenAI's own client for Java sees it, which validates all that it reads. */
@QuarkusTest
class OpenAiJavaTest extends ClientTestBase {

  private OpenAIClient client;

  @BeforeEach
  void connect() {
    client =
        OpenAIOkHttpClient.builder()
            .baseUrl(root.resolve("/v1").toString())
            .apiKey("none")
            .maxRetries(0)
            .build();
  }

  @AfterEach
  void disconnect() {
    client.close();
  }

  private static ChatCompletionCreateParams.Builder ask(String model) {
    return ChatCompletionCreateParams.builder().model(model).addUserMessage("Good morning");
  }

  @Test
  void whole_and_streamed_answers_agree_with_usage_and_scores() {
    ChatCompletionCreateParams.Builder params =
        ask("local").seed(3).maxCompletionTokens(30).n(2).logprobs(true).topLogprobs(2);
    ChatCompletion whole = client.chat().completions().create(params.build()).validate();
    assertThat(whole.choices()).hasSize(2);
    assertThat(whole.usage().orElseThrow().completionTokens()).isBetween(2L, 60L);

    ChatCompletionAccumulator accumulator = ChatCompletionAccumulator.create();
    try (StreamResponse<ChatCompletionChunk> stream =
        client
            .chat()
            .completions()
            .createStreaming(
                params
                    .streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build())
                    .build())) {
      stream.stream().map(ChatCompletionChunk::validate).forEach(accumulator::accumulate);
    }
    ChatCompletion streamed = accumulator.chatCompletion();
    assertThat(streamed.usage().orElseThrow().completionTokens())
        .isEqualTo(whole.usage().orElseThrow().completionTokens());
    for (int i = 0; i < 2; i++) {
      var one = whole.choices().get(i);
      var other =
          streamed.choices().stream()
              .filter(choice -> choice.index() == one.index())
              .findFirst()
              .orElseThrow();
      assertThat(other.message().content()).isEqualTo(one.message().content());
      assertThat(other.finishReason()).isEqualTo(one.finishReason());
      var scores = one.logprobs().orElseThrow().content().orElseThrow();
      assertThat(scores).isNotEmpty().allSatisfy(s -> assertThat(s.topLogprobs()).hasSize(2));
      assertThat(other.logprobs().orElseThrow().content().orElseThrow()).hasSameSizeAs(scores);
    }
  }

  @Test
  void formats_hold() throws Exception {
    ChatCompletion object =
        client
            .chat()
            .completions()
            .create(
                ask("local")
                    .maxCompletionTokens(60)
                    .responseFormat(ResponseFormatJsonObject.builder().build())
                    .build());
    assertThat(JSON.readTree(text(object)).isObject()).isTrue();
    ChatCompletion city =
        client
            .chat()
            .completions()
            .create(
                ask("local")
                    .maxCompletionTokens(300)
                    .responseFormat(
                        schema(
                            "{\"type\":\"object\",\"properties\":{\"people\":{\"type\":\"integer\","
                                + "\"minimum\":1,\"maximum\":9}},\"required\":[\"people\"],"
                                + "\"additionalProperties\":false}"))
                    .build());
    assertThat(JSON.readTree(text(city)).path("people").asInt()).isBetween(1, 9);
    assertThatThrownBy(
            () ->
                client
                    .chat()
                    .completions()
                    .create(ask("local").responseFormat(schema("{\"not\":{}}")).build()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("'not'");
  }

  private static String text(ChatCompletion completion) {
    return completion.choices().get(0).message().content().orElseThrow();
  }

  private static ResponseFormatJsonSchema schema(String json) throws Exception {
    JsonNode tree = JSON.readTree(json);
    var schema = ResponseFormatJsonSchema.JsonSchema.Schema.builder();
    tree.properties()
        .forEach(
            p -> schema.putAdditionalProperty(p.getKey(), JsonValue.fromJsonNode(p.getValue())));
    return ResponseFormatJsonSchema.builder()
        .jsonSchema(
            ResponseFormatJsonSchema.JsonSchema.builder()
                .name("it")
                .strict(true)
                .schema(schema.build())
                .build())
        .build();
  }

  @Test
  void break_in_mid_stream_is_an_error_after_what_came() {
    StringBuilder text = new StringBuilder();
    assertThatThrownBy(
            () -> {
              try (var stream =
                  client.chat().completions().createStreaming(ask("remote").build())) {
                stream.stream()
                    .forEach(
                        chunk -> chunk.choices().get(0).delta().content().ifPresent(text::append));
              }
            })
        .isInstanceOf(OpenAIException.class)
        .hasMessageContaining("out of memory");
    assertThat(text).hasToString("It waits");
  }

  @Test
  void tools_come_back_from_the_remote_model() {
    ChatCompletionAccumulator accumulator = ChatCompletionAccumulator.create();
    try (var stream =
        client
            .chat()
            .completions()
            .createStreaming(
                ask("remote")
                    .addFunctionTool(
                        FunctionDefinition.builder()
                            .name("add")
                            .parameters(FunctionParameters.builder().build())
                            .build())
                    .toolChoice(ChatCompletionToolChoiceOption.Auto.REQUIRED)
                    .build())) {
      stream.stream().map(ChatCompletionChunk::validate).forEach(accumulator::accumulate);
    }
    var call =
        accumulator.chatCompletion().choices().get(0).message().toolCalls().orElseThrow().get(0);
    assertThat(call.asFunction().function().name()).isEqualTo("add");
    assertThat(call.asFunction().function().arguments()).isEqualTo("{\"a\":1}");
  }

  @Test
  void client_that_leaves_frees_the_slot_that_others_were_refused() throws Exception {
    ChatCompletionCreateParams endless =
        ask("local").maxCompletionTokens(ENDLESS_TOKENS).responseFormat(schema(ENDLESS)).build();
    try (var stream = client.chat().completions().createStreaming(endless)) {
      Iterator<ChatCompletionChunk> chunks = stream.stream().iterator();
      for (int i = 0; i < 5; i++) {
        assertThat(chunks.next().choices()).hasSize(1);
      }
      assertThatThrownBy(() -> client.chat().completions().create(ask("local").build()))
          .isInstanceOfSatisfying(
              RateLimitException.class,
              e -> assertThat(e.headers().values("Retry-After")).isEqualTo(List.of("1")));
    }
    awaitFreeSlot();
    assertThat(
            client
                .chat()
                .completions()
                .create(ask("local").maxCompletionTokens(2).build())
                .choices())
        .hasSize(1);
  }
}
