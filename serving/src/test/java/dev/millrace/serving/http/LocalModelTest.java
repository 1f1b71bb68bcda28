package dev.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.serving.TinyModels;
import dev.millrace.serving.chat.Admission;
import dev.millrace.serving.generate.LocalBackends;
import io.quarkus.test.junit.QuarkusTest;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract over a model of random weights. */
@QuarkusTest
class LocalModelTest extends HttpTestBase {

  private static final String CHAT = "/v1/chat/completions";
  private static final String USAGE = "\"stream\":true,\"stream_options\":{\"include_usage\":true}";

  /** An answer that takes its time: the model cannot end it before. */
  private static final String LONG =
      "\"max_tokens\":7000,\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{"
          + "\"name\":\"s\",\"schema\":{\"type\":\"string\",\"minLength\":5000}}}";

  @TempDir static Path folder;

  @BeforeAll
  static void model() {
    TinyModels.write(folder.resolve("tiny"), TinyModels.chatTokenizer(), 7);
  }

  private void start(Map<String, String> more) {
    Map<String, String> settings =
        new TreeMap<>(Map.of("millrace.serving.generate.context", "8192"));
    settings.putAll(more);
    backends.add(LocalBackends.local(folder.resolve("tiny"), settings));
    serve(settings);
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

  private StrictSse stream(String more) throws Exception {
    return StrictSse.read(open(CHAT, local(more + "," + USAGE)).body());
  }

  private static String content(JsonNode choice) {
    return choice.path("message").path("content").asText();
  }

  @Test
  void seed_makes_the_answer_and_the_stream_says_the_same() throws Exception {
    start(Map.of());
    String wishes = "\"seed\":42,\"max_tokens\":40";
    JsonNode whole = choice(wishes);
    String content = content(whole);
    assertThat(content).isNotEmpty();
    assertThat(content(choice(wishes))).isEqualTo(content);
    assertThat(content(choice("\"seed\":43,\"max_tokens\":40"))).isNotEqualTo(content);
    StrictSse stream = stream(wishes);
    assertThat(stream.content.toString()).isEqualTo(content);
    assertThat(stream.finish).isEqualTo(whole.path("finish_reason").asText());
    assertThat(stream.usage.path("completion_tokens").asInt()).isBetween(1, 40);
    assertThat(stream.usage.path("prompt_tokens").asInt()).isGreaterThan(5);
    assertThat(stream.done).isTrue();
  }

  @Test
  void greedy_is_greedy_however_it_is_asked_for() throws Exception {
    start(Map.of());
    String greedy = content(choice("\"temperature\":0,\"max_tokens\":20"));
    assertThat(content(choice("\"top_p\":0,\"max_tokens\":20"))).isEqualTo(greedy);
    assertThat(content(choice("\"top_k\":1,\"max_tokens\":20"))).isEqualTo(greedy);
  }

  @Test
  void choices_differ_and_each_ends_once() throws Exception {
    start(Map.of());
    JsonNode body = json(post(CHAT, local("\"n\":3,\"seed\":1,\"max_tokens\":20")));
    assertThat(body.path("choices")).hasSize(3);
    for (int i = 0; i < 3; i++) {
      JsonNode choice = body.path("choices").path(i);
      assertThat(choice.path("index").asInt()).isEqualTo(i);
      assertThat(choice.path("finish_reason").asText()).isIn("stop", "length");
    }
    assertThat(content(body.path("choices").path(0)))
        .isNotEqualTo(content(body.path("choices").path(1)));
    int tokens = body.path("usage").path("completion_tokens").asInt();
    assertThat(tokens).isBetween(3, 60);

    StringBuilder[] streamed = {new StringBuilder(), new StringBuilder(), new StringBuilder()};
    int[] ends = new int[3];
    String text =
        new String(
            open(CHAT, local("\"n\":3,\"seed\":1,\"max_tokens\":20,\"stream\":true"))
                .body()
                .readAllBytes(),
            StandardCharsets.UTF_8);
    for (String line : text.split("\n")) {
      if (line.startsWith("data: {")) {
        JsonNode choice = JSON.readTree(line.substring(6)).path("choices").path(0);
        int index = choice.path("index").asInt();
        assertThat(ends[index]).isZero();
        streamed[index].append(choice.path("delta").path("content").asText(""));
        ends[index] += choice.path("finish_reason").isNull() ? 0 : 1;
      }
    }
    for (int i = 0; i < 3; i++) {
      assertThat(streamed[i]).hasToString(content(body.path("choices").path(i)));
      assertThat(ends[i]).isEqualTo(1);
    }
    assertThat(post(CHAT, local("\"n\":99")).statusCode()).isEqualTo(400);
  }

  @Test
  void scores_spell_the_answer_token_by_token() throws Exception {
    start(Map.of());
    String wishes = "\"seed\":5,\"max_tokens\":60,\"logprobs\":true,\"top_logprobs\":4";
    JsonNode choice = choice(wishes);
    JsonNode tokens = choice.path("logprobs").path("content");
    assertThat(tokens).isNotEmpty();
    var bytes = new java.io.ByteArrayOutputStream();
    for (JsonNode token : tokens) {
      token.path("bytes").forEach(b -> bytes.write(b.asInt()));
      assertThat(token.path("logprob").asDouble()).isLessThanOrEqualTo(0);
      assertThat(token.path("top_logprobs")).hasSize(4);
      double best = token.path("top_logprobs").path(0).path("logprob").asDouble();
      assertThat(token.path("logprob").asDouble()).isLessThanOrEqualTo(best + 1e-4);
    }
    assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo(content(choice));
    StrictSse stream = stream(wishes);
    assertThat(stream.scores).hasSize(tokens.size());
    for (int i = 0; i < tokens.size(); i++) {
      assertThat(stream.scores.get(i).path("token")).isEqualTo(tokens.get(i).path("token"));
      assertThat(stream.scores.get(i).path("logprob").asDouble())
          .isCloseTo(
              tokens.get(i).path("logprob").asDouble(), org.assertj.core.data.Offset.offset(1e-3));
    }
  }

  @Test
  void stop_text_never_leaves_and_no_character_is_halved() throws Exception {
    start(Map.of());
    String whole = content(choice("\"seed\":9,\"max_tokens\":200"));
    assertThat(whole.length()).isGreaterThan(30);
    for (int at = 5; at < 25; at += 4) {
      String stop = whole.substring(at, at + 3);
      if (Character.isLowSurrogate(stop.charAt(0)) || Character.isHighSurrogate(stop.charAt(2))) {
        continue;
      }
      String wishes =
          "\"seed\":9,\"max_tokens\":200,\"stop\":[\"never in it\","
              + JSON.writeValueAsString(stop)
              + "]";
      StrictSse stream = stream(wishes);
      assertThat(stream.content.toString()).isEqualTo(whole.substring(0, whole.indexOf(stop)));
      assertThat(stream.finish).isEqualTo("stop");
      for (JsonNode chunk : stream.chunks) {
        String piece = chunk.path("choices").path(0).path("delta").path("content").asText("");
        assertThat(piece.isEmpty() || !Character.isHighSurrogate(piece.charAt(piece.length() - 1)))
            .isTrue();
      }
    }
  }

  @Test
  void schema_holds_for_every_choice_streamed_or_not() throws Exception {
    start(Map.of());
    String format =
        "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"city\","
            + "\"strict\":true,\"schema\":{\"type\":\"object\",\"properties\":{"
            + "\"name\":{\"type\":\"string\",\"maxLength\":12},"
            + "\"size\":{\"enum\":[\"small\",\"large\"]},"
            + "\"people\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":5000}},"
            + "\"required\":[\"name\",\"size\",\"people\"],\"additionalProperties\":false}}}";
    JsonNode body = json(post(CHAT, local("\"n\":2,\"seed\":3,\"max_tokens\":400," + format)));
    for (JsonNode choice : body.path("choices")) {
      JsonNode city = JSON.readTree(content(choice));
      assertThat(choice.path("finish_reason").asText()).isEqualTo("stop");
      assertThat(city.path("size").asText()).isIn("small", "large");
      assertThat(city.path("people").asInt()).isBetween(1, 5000);
      assertThat(city.path("name").asText().codePointCount(0, city.path("name").asText().length()))
          .isLessThanOrEqualTo(12);
      assertThat(city).hasSize(3);
    }
    StrictSse object = stream("\"max_tokens\":60,\"response_format\":{\"type\":\"json_object\"}");
    assertThat(JSON.readTree(object.content.toString()).isObject()).isTrue();
    HttpResponse<String> refused =
        post(CHAT, local(format.replace("\"maxLength\":12", "\"contentSchema\":{}")));
    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(json(refused).path("error").path("message").asText()).contains("contentSchema");
  }

  @Test
  void thinking_that_the_template_opens_goes_to_reasoning() throws Exception {
    start(Map.of());
    JsonNode message =
        choice("\"seed\":4,\"max_tokens\":30,\"chat_template_kwargs\":{\"enable_thinking\":true}")
            .path("message");
    assertThat(message.path("reasoning_content").asText()).isNotEmpty();
    assertThat(choice("\"seed\":4,\"max_tokens\":30").path("message").has("reasoning_content"))
        .isFalse();
    StrictSse stream = stream("\"seed\":4,\"max_tokens\":30,\"enable_thinking\":true");
    assertThat(stream.reasoning.toString()).isEqualTo(message.path("reasoning_content").asText());
  }

  @Test
  void conversation_that_is_too_long_is_refused_as_clients_know_it() throws Exception {
    start(Map.of("millrace.serving.generate.context", "64"));
    HttpResponse<String> response =
        post(CHAT, ask("good morning ".repeat(100), "").replace("extractive", "local"));
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(json(response).path("error").path("code").asText())
        .isEqualTo("context_length_exceeded");
  }

  @Test
  void fields_that_would_change_the_answer_and_are_not_done_are_refused() throws Exception {
    start(Map.of());
    for (String field :
        new String[] {
          "\"presence_penalty\":1", "\"frequency_penalty\":-1", "\"logit_bias\":{\"5\":-100}",
          "\"top_logprobs\":3", "\"top_logprobs\":21", "\"seed\":1.5",
          "\"response_format\":{\"type\":\"yaml\"}", "\"tool_choice\":\"required\""
        }) {
      assertThat(post(CHAT, local(field)).statusCode()).as(field).isEqualTo(400);
    }
    assertThat(post(CHAT, local("\"max_tokens\":2,\"presence_penalty\":0")).statusCode())
        .isEqualTo(200);
  }

  @Test
  void what_is_beyond_the_slots_gets_429_and_a_client_that_leaves_frees_its_slot()
      throws Exception {
    start(
        Map.of(
            "millrace.serving.generate.slots", "1",
            "millrace.serving.generate.waiting", "0"));
    Admission queue = holder.serving().backends().named("local").admission().orElseThrow();
    try (InputStream first = open(CHAT, local("\"stream\":true," + LONG)).body()) {
      assertThat(first.readNBytes(300)).hasSize(300);
      HttpResponse<String> refused = post(CHAT, local("\"max_tokens\":2"));
      assertThat(refused.statusCode()).isEqualTo(429);
      assertThat(refused.headers().firstValue("retry-after")).isPresent();
      assertThat(json(refused).path("error").path("type").asText()).isEqualTo("rate_limit_error");
      assertThat(post(CHAT, ask("What does acks=all mean?", "")).statusCode())
          .as("others have a queue of their own")
          .isEqualTo(200);
    }
    Awaitility.await().until(() -> queue.atWork() == 0);
    assertThat(post(CHAT, local("\"max_tokens\":2")).statusCode()).isEqualTo(200);
  }

  @Test
  void deadline_ends_the_answer_and_frees_the_slot() throws Exception {
    start(
        Map.of(
            "millrace.serving.requests.deadline", "300ms",
            "millrace.serving.generate.slots", "1"));
    HttpResponse<String> late = post(CHAT, local(LONG));
    assertThat(late.statusCode()).isEqualTo(503);
    assertThat(json(late).path("error").path("code").asText()).isEqualTo("deadline_exceeded");
    StrictSse stream = StrictSse.read(open(CHAT, local("\"stream\":true," + LONG)).body());
    assertThat(stream.error.path("code").asText()).isEqualTo("deadline_exceeded");
    Admission queue = holder.serving().backends().named("local").admission().orElseThrow();
    Awaitility.await().until(() -> queue.atWork() == 0);
  }

  @Test
  void directory_that_cannot_be_loaded_is_listed_as_away() throws Exception {
    backends.add(LocalBackends.local(folder.resolve("nowhere"), Map.of()));
    serve(Map.of());
    Awaitility.await()
        .untilAsserted(
            () ->
                assertThat(json(get("/v1/models/local")).path("millrace").path("reason").asText())
                    .contains("could not be loaded"));
    HttpResponse<String> response = post(CHAT, local("\"max_tokens\":2"));
    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.body()).doesNotContain(folder.toString());
  }
}
