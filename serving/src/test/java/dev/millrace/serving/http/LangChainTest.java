package dev.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonRawSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiChatResponseMetadata;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import dev.millrace.serving.chat.Admission;
import io.quarkus.test.junit.QuarkusTest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** As LangChain4j sees it. */
@QuarkusTest
class LangChainTest extends ClientTestBase {

  private OpenAiChatModel.OpenAiChatModelBuilder model(String name) {
    return OpenAiChatModel.builder()
        .baseUrl(root.resolve("/v1").toString())
        .apiKey("none")
        .modelName(name)
        .maxRetries(0);
  }

  private OpenAiStreamingChatModel.OpenAiStreamingChatModelBuilder streaming(String name) {
    return OpenAiStreamingChatModel.builder()
        .baseUrl(root.resolve("/v1").toString())
        .apiKey("none")
        .modelName(name);
  }

  /** Gathers a stream. */
  private static final class Gathered implements StreamingChatResponseHandler {
    final StringBuilder text = new StringBuilder();
    final CompletableFuture<ChatResponse> whole = new CompletableFuture<>();

    @Override
    public void onPartialResponse(String piece) {
      text.append(piece);
    }

    @Override
    public void onCompleteResponse(ChatResponse response) {
      whole.complete(response);
    }

    @Override
    public void onError(Throwable error) {
      whole.completeExceptionally(error);
    }
  }

  @Test
  void whole_and_streamed_answers_agree_with_usage_and_scores() throws Exception {
    ChatResponse whole =
        model("local")
            .seed(11)
            .maxTokens(30)
            .logprobs(true)
            .topLogprobs(2)
            .build()
            .chat(UserMessage.from("Good morning"));
    var metadata = (OpenAiChatResponseMetadata) whole.metadata();
    assertThat(metadata.logProbs()).isNotEmpty();
    assertThat(metadata.tokenUsage().outputTokenCount()).isBetween(1, 30);
    Gathered streamed = new Gathered();
    streaming("local").seed(11).maxTokens(30).build().chat("Good morning", streamed);
    ChatResponse end = streamed.whole.get(30, TimeUnit.SECONDS);
    assertThat(streamed.text).hasToString(whole.aiMessage().text());
    assertThat(end.aiMessage().text()).isEqualTo(whole.aiMessage().text());
    assertThat(end.finishReason()).isEqualTo(whole.finishReason());
    assertThat(end.tokenUsage().outputTokenCount())
        .isEqualTo(metadata.tokenUsage().outputTokenCount());
  }

  @Test
  void schema_holds() throws Exception {
    JsonSchema schema =
        JsonSchema.builder()
            .name("city")
            .rootElement(
                JsonObjectSchema.builder()
                    .addEnumProperty("size", java.util.List.of("small", "large"))
                    .addIntegerProperty("people")
                    .required("size", "people")
                    .build())
            .build();
    ChatResponse answer =
        model("local")
            .strictJsonSchema(true)
            .maxTokens(200)
            .build()
            .chat(
                ChatRequest.builder()
                    .messages(UserMessage.from("Good morning"))
                    .responseFormat(
                        ResponseFormat.builder()
                            .type(ResponseFormatType.JSON)
                            .jsonSchema(schema)
                            .build())
                    .build());
    var city = JSON.readTree(answer.aiMessage().text());
    assertThat(city.path("size").asText()).isIn("small", "large");
    assertThat(city.path("people").isIntegralNumber()).isTrue();
  }

  /** It passes over error events, as over all that it does not know: the end has no reason then. */
  @Test
  void break_in_mid_stream_is_no_regular_end() throws Exception {
    Gathered streamed = new Gathered();
    streaming("remote").build().chat("Good morning", streamed);
    ChatResponse cut = streamed.whole.get(30, TimeUnit.SECONDS);
    assertThat(cut.aiMessage().text()).isEqualTo("It waits");
    assertThat(cut.finishReason()).isNull();
  }

  @Test
  void tools_come_back_from_the_remote_model() throws Exception {
    Gathered streamed = new Gathered();
    streaming("remote")
        .build()
        .chat(
            ChatRequest.builder()
                .messages(UserMessage.from("Good morning"))
                .toolSpecifications(
                    ToolSpecification.builder()
                        .name("add")
                        .parameters(JsonObjectSchema.builder().addIntegerProperty("a").build())
                        .build())
                .build(),
            streamed);
    ChatResponse end = streamed.whole.get(30, TimeUnit.SECONDS);
    assertThat(end.finishReason()).isEqualTo(FinishReason.TOOL_EXECUTION);
    assertThat(end.aiMessage().toolExecutionRequests())
        .singleElement()
        .satisfies(
            call -> {
              assertThat(call.name()).isEqualTo("add");
              assertThat(call.arguments()).isEqualTo("{\"a\":1}");
            });
  }

  @Test
  void stream_that_is_cancelled_frees_the_slot() {
    CountDownLatch cancelled = new CountDownLatch(1);
    streaming("local")
        .maxCompletionTokens(ENDLESS_TOKENS)
        .responseFormat(endless())
        .strictJsonSchema(true)
        .build()
        .chat(
            "Good morning",
            new StreamingChatResponseHandler() {
              @Override
              public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
                context.streamingHandle().cancel();
                cancelled.countDown();
              }

              @Override
              public void onCompleteResponse(ChatResponse response) {}

              @Override
              public void onError(Throwable error) {}
            });
    Awaitility.await().until(() -> cancelled.getCount() == 0);
    awaitFreeSlot();
  }

  private static ResponseFormat endless() {
    return ResponseFormat.builder()
        .type(ResponseFormatType.JSON)
        .jsonSchema(JsonSchema.builder().name("l").rootElement(JsonRawSchema.from(ENDLESS)).build())
        .build();
  }

  @Test
  void full_queue_is_its_rate_limit() throws Exception {
    Admission queue = holder.serving().backends().named("local").admission().orElseThrow();
    try (Admission.Ticket taken = queue.enter()) {
      assertThatThrownBy(() -> model("local").build().chat("Good morning"))
          .isInstanceOf(RateLimitException.class);
    }
    assertThat(model("local").maxTokens(2).build().chat("Good morning")).isNotNull();
  }
}
