package dev.millrace.serving.http;

import static dev.millrace.serving.remote.FakeUpstream.chunk;
import static dev.millrace.serving.remote.FakeUpstream.events;
import static dev.millrace.serving.remote.FakeUpstream.reply;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.serving.remote.FakeUpstream;
import io.quarkus.test.junit.QuarkusTest;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
class RemoteModelTest extends HttpTestBase {

  private static final String CHAT = "/v1/chat/completions";
  private static final String TOOLS =
      "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"add\",\"parameters\":{}}}],"
          + "\"tool_choice\":\"required\"";

  private FakeUpstream upstream;

  @BeforeEach
  void start() {
    upstream = new FakeUpstream();
    backends.add(upstream.backend());
    serve(Map.of());
  }

  @AfterEach
  void end() {
    upstream.close();
  }

  private static String remote(String more) {
    return ask("What does acks=all mean?", more).replace("\"extractive\"", "\"remote\"");
  }

  @Test
  void request_is_passed_on_without_what_is_ours() throws Exception {
    upstream.reply(
        exchange ->
            reply(
                exchange,
                200,
                "{\"model\":\"upstream-model-0613\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"It"
                    + " waits.\"},\"finish_reason\":\"stop\"}],"
                    + "\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10}}"));
    HttpResponse<String> response =
        post(
            CHAT,
            remote(
                "\"temperature\":0.5,\"debug\":true,\"search_mode\":\"bm25\",\"filters\":{\"a\":\"b\"},"
                    + "\"presence_penalty\":1.5,\"user\":\"u\""));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    JsonNode answer = json(response);
    assertThat(answer.path("choices").path(0).path("message").path("content").asText())
        .isEqualTo("It waits.");
    assertThat(answer.path("usage").path("total_tokens").asInt()).isEqualTo(10);
    assertThat(answer.path("model").asText()).isEqualTo("remote");
    assertThat(answer.path("system_fingerprint").asText()).isEqualTo("upstream-model-0613");
    JsonNode asked = upstream.asked.get(0);
    assertThat(asked.path("model").asText()).isEqualTo("upstream-model");
    assertThat(asked.path("temperature").asDouble()).isEqualTo(0.5);
    assertThat(asked.path("presence_penalty").asDouble()).isEqualTo(1.5);
    assertThat(asked.path("user").asText()).isEqualTo("u");
    assertThat(asked.has("debug") || asked.has("search_mode") || asked.has("filters")).isFalse();
    assertThat(asked.path("messages")).hasSize(1); // no documents unless they are asked for
    assertThat(upstream.keys).containsExactly("Bearer " + FakeUpstream.KEY);
  }

  @Test
  void stream_is_passed_through_with_reasoning_apart_and_usage_once() throws Exception {
    upstream.reply(
        events(
            chunk("{\"role\":\"assistant\",\"content\":\"<thi\"}", null),
            chunk("{\"content\":\"nk>hm</think>\\n\\nIt \"}", null),
            chunk("{\"content\":\"waits 🙂.\"}", null),
            chunk("{}", "stop"),
            "{\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":7,"
                + "\"completion_tokens\":3,\"total_tokens\":10}}",
            "[DONE]"));
    StrictSse stream =
        StrictSse.read(
            open(CHAT, remote("\"stream\":true,\"stream_options\":{\"include_usage\":true}"))
                .body());
    assertThat(stream.content.toString()).isEqualTo("It waits 🙂.");
    assertThat(stream.reasoning.toString()).isEqualTo("hm");
    assertThat(stream.finish).isEqualTo("stop");
    assertThat(stream.usage.path("total_tokens").asInt()).isEqualTo(10);
    assertThat(stream.done).isTrue();
    assertThat(upstream.asked.get(0).path("stream_options").path("include_usage").asBoolean())
        .isTrue();
  }

  @Test
  void tools_are_passed_on_and_their_calls_back() throws Exception {
    String first =
        "{\"tool_calls\":[{\"index\":0,\"id\":\"call_1\",\"type\":\"function\","
            + "\"function\":{\"name\":\"add\",\"arguments\":\"\"}}]}";
    String more = "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"a\\\":1}\"}}]}";
    upstream.reply(
        events(chunk(first, null), chunk(more, null), chunk("{}", "tool_calls"), "[DONE]"));
    StrictSse stream = StrictSse.read(open(CHAT, remote("\"stream\":true," + TOOLS)).body());
    assertThat(stream.finish).isEqualTo("tool_calls");
    assertThat(stream.all("tool_calls")).hasSize(2);
    assertThat(stream.all("tool_calls").get(0).path("id").asText()).isEqualTo("call_1");
    assertThat(upstream.asked.get(0).path("tools").path(0).path("function").path("name").asText())
        .isEqualTo("add");

    upstream.reply(
        exchange ->
            reply(
                exchange,
                200,
                "{\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
                    + "\"content\":null,\"tool_calls\":[{\"id\":\"call_1\",\"type\":\"function\","
                    + "\"function\":{\"name\":\"add\",\"arguments\":\"{}\"}}]},"
                    + "\"finish_reason\":\"tool_calls\"}]}"));
    JsonNode choice = json(post(CHAT, remote(TOOLS))).path("choices").path(0);
    assertThat(choice.path("finish_reason").asText()).isEqualTo("tool_calls");
    assertThat(choice.path("message").path("content").isNull()).isTrue();
    assertThat(choice.path("message").path("tool_calls").path(0).path("id").asText())
        .isEqualTo("call_1");
  }

  @ParameterizedTest
  @CsvSource({
    "400, 400, invalid_request_error",
    "404, 404, invalid_request_error",
    "422, 422, invalid_request_error",
    "401, 503, unavailable_error",
    "403, 503, unavailable_error",
    "429, 429, rate_limit_error",
    "500, 503, unavailable_error",
    "302, 503, unavailable_error"
  })
  void refusal_of_the_other_server_is_told_as_ours(int theirs, int ours, String type)
      throws Exception {
    upstream.reply(
        exchange -> {
          exchange.getResponseHeaders().add("Retry-After", "17");
          exchange.getResponseHeaders().add("Location", "http://127.0.0.1:1/");
          reply(
              exchange,
              theirs,
              "{\"error\":{\"message\":\"no: your key is " + FakeUpstream.KEY + "\"}}");
        });
    for (String more : new String[] {"", "\"stream\":true"}) {
      HttpResponse<String> response = post(CHAT, remote(more));
      assertThat(response.statusCode()).as(response.body()).isEqualTo(ours);
      JsonNode error = json(response).path("error");
      assertThat(error.path("type").asText()).isEqualTo(type);
      if (theirs == 401) {
        assertThat(response.body()).doesNotContain(FakeUpstream.KEY);
      }
      if (theirs == 429) {
        assertThat(response.headers().firstValue("retry-after")).contains("17");
      }
    }
  }

  @Test
  void break_in_mid_stream_is_one_error_event() throws Exception {
    upstream.reply(
        events(
            chunk("{\"content\":\"It \"}", null), "{\"error\":{\"message\":\"out of memory\"}}"));
    StrictSse broken = StrictSse.read(open(CHAT, remote("\"stream\":true")).body());
    assertThat(broken.error.path("message").asText()).contains("out of memory");
    assertThat(broken.done).isFalse();
    upstream.reply(events(chunk("{\"content\":\"It \"}", null)));
    StrictSse cut = StrictSse.read(open(CHAT, remote("\"stream\":true")).body());
    assertThat(cut.error.path("message").asText()).contains("before it was complete");
  }

  @Test
  void client_that_goes_away_ends_the_request_there() throws Exception {
    upstream.reply(upstream.endless());
    try (InputStream body = open(CHAT, remote("\"stream\":true")).body()) {
      assertThat(body.readNBytes(200)).hasSize(200);
    }
    assertThat(upstream.readerGone.await(20, TimeUnit.SECONDS)).isTrue();
    var queue = holder.serving().backends().named("remote").admission().orElseThrow();
    Awaitility.await().until(() -> queue.atWork() == 0);
  }

  @Test
  void server_that_is_away_is_listed_as_such_and_comes_back_by_itself() throws Exception {
    Awaitility.await().until(() -> listed().path("ready").asBoolean());
    upstream.close();
    assertThat(post(CHAT, remote("")).statusCode()).isEqualTo(503);
    assertThat(listed().path("ready").asBoolean()).isFalse();
    assertThat(listed().path("reason").asText()).contains("does not answer");
  }

  @Test
  void documents_are_given_when_they_are_asked_for_and_citations_are_checked() throws Exception {
    upstream.reply(
        events(
            chunk("{\"content\":\"The leader waits for the full set of in-sync \"}", null),
            chunk("{\"content\":\"replicas [1].\"}", null),
            chunk("{}", "stop"),
            "[DONE]"));
    StrictSse stream =
        StrictSse.read(
            open(CHAT, remote("\"stream\":true,\"documents\":true,\"debug\":true")).body());
    assertThat(stream.content.toString()).contains("in-sync replicas [1]");
    assertThat(stream.all("citations")).hasSize(1);
    String asked = upstream.asked.get(0).path("messages").toString();
    assertThat(asked).contains("This guarantees that the record will not be lost");
    assertThat(asked).doesNotContain("4711");
  }

  private JsonNode listed() throws Exception {
    return json(get("/v1/models/remote")).path("millrace");
  }
}
