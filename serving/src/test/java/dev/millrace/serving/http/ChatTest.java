package dev.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.serving.extractive.ExtractiveBackend;
import io.quarkus.test.junit.QuarkusTest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
class ChatTest extends HttpTestBase {

  private static final String CHAT = "/v1/chat/completions";
  private static final String QUESTION = "What does acks=all mean?";

  @BeforeEach
  void start() {
    serve(Map.of("millrace.serving.stream.keep-alive", "200ms"));
  }

  @Test
  void whole_answer_quotes_and_cites() throws Exception {
    HttpResponse<String> response = post(CHAT, ask(QUESTION, ""));
    assertThat(response.statusCode()).isEqualTo(200);
    JsonNode body = json(response);
    assertThat(body.path("object").asText()).isEqualTo("chat.completion");
    JsonNode choice = body.path("choices").path(0);
    JsonNode message = choice.path("message");
    String content = message.path("content").asText();
    assertThat(content).startsWith("acks=all means that the leader waits").contains("[1]");
    assertThat(message.has("refusal")).isTrue();
    assertThat(choice.path("finish_reason").asText()).isEqualTo("stop");
    JsonNode annotation = message.path("annotations").path(0).path("url_citation");
    assertThat(
            content.substring(
                annotation.path("start_index").asInt(), annotation.path("end_index").asInt()))
        .isEqualTo("[1]");
    assertThat(annotation.path("url").asText()).isEqualTo("https://example.org/producer");
    JsonNode citation = message.path("citations").path(0);
    assertThat(citation.path("revision").asLong()).isEqualTo(7);
    assertThat(ACKS.substring(citation.path("start").asInt(), citation.path("end").asInt()))
        .isEqualTo(citation.path("quote").asText());
    JsonNode usage = body.path("usage");
    assertThat(usage.path("total_tokens").asInt())
        .isEqualTo(usage.path("prompt_tokens").asInt() + usage.path("completion_tokens").asInt())
        .isPositive();
    assertThat(body.has("debug")).isFalse();
  }

  @Test
  void stream_is_what_a_strict_client_accepts_and_says_the_same() throws Exception {
    String whole =
        json(post(CHAT, ask(QUESTION, "")))
            .path("choices")
            .path(0)
            .path("message")
            .path("content")
            .asText();
    var response =
        open(CHAT, ask(QUESTION, "\"stream\":true,\"stream_options\":{\"include_usage\":true}"));
    assertThat(response.headers().firstValue("content-type").orElse(""))
        .startsWith("text/event-stream");
    StrictSse stream = StrictSse.read(response.body());
    assertThat(stream.content.toString()).isEqualTo(whole);
    assertThat(stream.finish).isEqualTo("stop");
    assertThat(stream.done).isTrue();
    assertThat(stream.usage.path("completion_tokens").asInt()).isPositive();
    assertThat(stream.all("annotations")).isNotEmpty();
    assertThat(stream.all("citations")).hasSameSizeAs(stream.all("annotations"));
  }

  @Test
  void no_usage_unless_it_is_asked_for() throws Exception {
    StrictSse stream = StrictSse.read(open(CHAT, ask(QUESTION, "\"stream\":true")).body());
    assertThat(stream.usage).isNull();
    assertThat(stream.done).isTrue();
  }

  @Test
  void silence_is_filled_with_comments() throws Exception {
    var gate = index.hold();
    var pending =
        java.util.concurrent.CompletableFuture.supplyAsync(
            () -> {
              try {
                var response = open(CHAT, ask(QUESTION, "\"stream\":true"));
                gate.countDown(); // headers came while the search still waited
                return StrictSse.read(response.body());
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            });
    StrictSse stream = pending.get(15, java.util.concurrent.TimeUnit.SECONDS);
    assertThat(stream.comments).isNotEmpty();
    assertThat(stream.content).isNotEmpty();
  }

  @Test
  void failure_in_mid_stream_is_one_error_event_and_the_end() throws Exception {
    var gate = index.hold();
    var response = open(CHAT, ask(QUESTION, "\"stream\":true"));
    assertThat(response.statusCode()).isEqualTo(200);
    index.away(true);
    gate.countDown();
    StrictSse stream = StrictSse.read(response.body());
    assertThat(stream.error.path("code").asText()).isEqualTo("service_unavailable");
    assertThat(stream.done).isFalse();
  }

  @Test
  void question_that_nothing_answers_gets_no_citation() throws Exception {
    JsonNode message =
        json(post(CHAT, ask("How do I bake sourdough bread?", "")))
            .path("choices")
            .path(0)
            .path("message");
    assertThat(message.path("content").asText()).isEqualTo(ExtractiveBackend.NOTHING_FITS);
    assertThat(message.path("citations")).isEmpty();
    assertThat(message.path("annotations")).isEmpty();
  }

  @Test
  void content_may_be_parts_and_unknown_fields_are_ignored() throws Exception {
    String body =
        """
        {"model":"extractive","what_is_this":[1],"user":"u","messages":[
          {"role":"system","content":"be brief"},
          {"role":"user","content":[{"type":"text","text":"What does"},{"type":"text","text":"acks=all mean?"}]}]}
        """;
    assertThat(
            json(post(CHAT, body)).path("choices").path(0).path("message").path("content").asText())
        .contains("[1]");
  }

  @Test
  void max_tokens_and_stop_cut_the_answer() throws Exception {
    JsonNode cut = json(post(CHAT, ask(QUESTION, "\"max_tokens\":5"))).path("choices").path(0);
    assertThat(cut.path("finish_reason").asText()).isEqualTo("length");
    assertThat(cut.path("message").path("content").asText())
        .startsWith("acks=all")
        .hasSizeLessThan(60);
    assertThat(cut.path("message").path("citations")).isEmpty();
    JsonNode stopped =
        json(post(CHAT, ask(QUESTION, "\"stop\":[\"leader\"]"))).path("choices").path(0);
    assertThat(stopped.path("finish_reason").asText()).isEqualTo("stop");
    assertThat(stopped.path("message").path("content").asText())
        .isEqualTo("acks=all means that the ");
  }

  @Test
  void debug_tells_what_each_step_took() throws Exception {
    JsonNode steps =
        json(post(CHAT, ask(QUESTION, "\"debug\":true"))).path("debug").path("retrieval");
    assertThat(steps)
        .extracting(s -> s.path("step").asText())
        .containsExactly("rewrite", "embed", "retrieve", "fuse", "assemble");
  }

  @Test
  void hidden_document_is_answered_to_its_readers_only() throws Exception {
    String question = ask("What is the salary of the captain?", "");
    assertThat(post(CHAT, question).body()).doesNotContain("4711");
    assertThat(post(CHAT, question, "X-Millrace-Principals", "*").body()).doesNotContain("4711");
    assertThat(post(CHAT, question, "X-Millrace-Principals", "sales, hr").body()).contains("4711");
  }
}
