package dev.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.test.junit.QuarkusTest;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
class BadRequestTest extends HttpTestBase {

  private static final String CHAT = "/v1/chat/completions";

  @BeforeEach
  void start() {
    serve(
        Map.of(
            "millrace.serving.requests.at-work", "1",
            "millrace.serving.requests.waiting", "1",
            "millrace.serving.requests.patience", "10s",
            "millrace.serving.max-body-bytes", "100000"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"model\":\"extractive\", | 400 | ``",
        "not json | 400 | ``",
        "[] | 400 | ``",
        "`` | 400 | ``",
        "{\"model\":\"extractive\",\"messages\":[]} | 400 | messages",
        "{\"model\":\"extractive\"} | 400 | messages",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]} | 400 | model",
        "{\"model\":\"gpt-9\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]} | 404 | model",
        "{\"model\":\"extractive\",\"messages\":[{\"role\":\"king\",\"content\":\"x\"}]} | 400 |"
            + " messages[0].role",
        "{\"model\":\"extractive\",\"messages\":[{\"role\":\"user\",\"content\":7}]} | 400 |"
            + " messages[0].content",
        "{\"model\":\"extractive\",\"messages\":[{\"role\":\"user\",\"content\":\" \"}]} | 400 |"
            + " messages",
        "{\"model\":\"extractive\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]}"
            + " | 400 | messages[0].content[0]",
        "{\"model\":\"extractive\",\"n\":2,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]} |"
            + " 400 | n",
        "{\"model\":\"extractive\",\"max_tokens\":0,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"
            + " | 400 | max_tokens",
        "{\"model\":\"extractive\",\"temperature\":9,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"
            + " | 400 | temperature",
        "{\"model\":\"extractive\",\"stop\":\"\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"
            + " | 400 | stop",
        "{\"model\":\"extractive\",\"logprobs\":true,\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"
            + " | 400 | logprobs",
        "{\"model\":\"extractive\",\"response_format\":{\"type\":\"json_object\"},\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"
            + " | 400 | response_format",
        "{\"model\":\"extractive\",\"search_mode\":\"magic\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"
            + " | 400 | search_mode",
        "{\"model\":\"extractive\",\"stream\":\"yes\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}"
            + " | 400 | stream",
      })
  void chat_refuses_with_the_field_at_fault(String body, int status, String param)
      throws Exception {
    JsonNode error = refused(post(CHAT, body == null ? "" : body), status);
    assertThat(error.path("param").asText("null")).isEqualTo(param.isEmpty() ? "null" : param);
  }

  @Test
  void unknown_model_has_the_code_that_clients_know() throws Exception {
    JsonNode error = refused(post(CHAT, ask("x", "").replace("extractive", "gpt-9")), 404);
    assertThat(error.path("code").asText()).isEqualTo("model_not_found");
    assertThat(error.path("message").asText()).contains("gpt-9").contains("extractive");
  }

  @Test
  void deep_nesting_is_refused() throws Exception {
    refused(post(CHAT, "{\"a\":" + "[".repeat(20_000)), 400);
  }

  @Test
  void body_over_our_limit_is_refused_with_413() throws Exception {
    refused(post(CHAT, ask("x".repeat(200_000), "")), 413);
  }

  @Test
  void body_over_the_servers_limit_is_refused_with_413_in_the_same_shape() throws Exception {
    try (Socket socket = new Socket(root.getHost(), root.getPort())) {
      socket.setSoTimeout(10_000);
      write(
          socket,
          "POST " + CHAT + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10485760\r\n\r\n{");
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(answer).startsWith("HTTP/1.1 413").contains("request_too_large");
    }
  }

  @Test
  void endless_body_is_cut_off() throws Exception {
    try (Socket socket = new Socket(root.getHost(), root.getPort())) {
      socket.setSoTimeout(10_000);
      write(
          socket,
          "POST " + CHAT + " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
      byte[] chunk = ("10000\r\n" + " ".repeat(0x10000) + "\r\n").getBytes(StandardCharsets.UTF_8);
      try {
        for (int i = 0; i < 4; i++) {
          socket.getOutputStream().write(chunk);
        }
      } catch (IOException e) {
        // the server has hung up already
      }
      byte[] answer = socket.getInputStream().readNBytes(12);
      assertThat(new String(answer, StandardCharsets.UTF_8)).isEqualTo("HTTP/1.1 413");
    }
  }

  @Test
  void unknown_address_and_method_have_the_same_shape() throws Exception {
    refused(get("/v1/nothing"), 404);
    refused(get(CHAT), 405);
  }

  @Test
  void index_away_is_503_before_a_stream_begins_and_comes_back_by_itself() throws Exception {
    index.away(true);
    refused(post(CHAT, ask("What does acks=all mean?", "\"stream\":true")), 503);
    refused(post("/v1/search", "{\"query\":\"acks\"}"), 503);
    Awaitility.await().untilAsserted(() -> assertThat(get("/health").statusCode()).isEqualTo(503));
    assertThat(get("/q/health/ready").statusCode()).isEqualTo(503);
    assertThat(get("/q/health/live").statusCode()).isEqualTo(200);
    index.away(false);
    assertThat(post("/v1/search", "{\"query\":\"acks\"}").statusCode()).isEqualTo(200);
    Awaitility.await().untilAsserted(() -> assertThat(get("/health").statusCode()).isEqualTo(200));
  }

  @Test
  void what_is_beyond_work_and_queue_gets_429() throws Exception {
    var gate = index.hold();
    List<CompletableFuture<HttpResponse<String>>> two =
        List.of(
            http.sendAsync(search(), HttpResponse.BodyHandlers.ofString()),
            http.sendAsync(search(), HttpResponse.BodyHandlers.ofString()));
    Awaitility.await()
        .untilAsserted(
            () -> {
              HttpResponse<String> third =
                  http.sendAsync(search(), HttpResponse.BodyHandlers.ofString())
                      .get(5, TimeUnit.SECONDS);
              refused(third, 429);
              assertThat(third.headers().firstValue("retry-after")).isPresent();
            });
    gate.countDown();
    for (CompletableFuture<HttpResponse<String>> one : two) {
      assertThat(one.get(10, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void client_that_goes_away_frees_its_place() throws Exception {
    index.hold();
    String body = ask("What does acks=all mean?", "\"stream\":true");
    try (Socket socket = new Socket(root.getHost(), root.getPort())) {
      write(
          socket,
          "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
              .formatted(CHAT, body.length(), body));
      Awaitility.await().until(() -> holder.serving().admission().atWork() == 1);
    }
    Awaitility.await().until(() -> holder.serving().admission().atWork() == 0);
  }

  @Test
  void client_that_goes_away_while_it_waits_frees_its_place_too() throws Exception {
    index.hold();
    String body = ask("What does acks=all mean?", "\"stream\":true");
    String request =
        "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(CHAT, body.length(), body);
    var queue = holder.serving().admission();
    try (Socket first = new Socket(root.getHost(), root.getPort())) {
      write(first, request);
      Awaitility.await().until(() -> queue.atWork() == 1);
      try (Socket second = new Socket(root.getHost(), root.getPort())) {
        write(second, request);
        Awaitility.await().until(() -> queue.waiting() == 1);
      }
      Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> queue.waiting() == 0);
      assertThat(queue.atWork()).isEqualTo(1);
    }
    Awaitility.await().until(() -> queue.atWork() == 0);
  }

  private java.net.http.HttpRequest search() {
    return java.net.http.HttpRequest.newBuilder(root.resolve("/v1/search?q=acks")).build();
  }

  private static void write(Socket socket, String text) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(text.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  private static JsonNode refused(HttpResponse<String> response, int status) throws IOException {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.headers().firstValue("content-type").orElse(""))
        .startsWith("application/json");
    JsonNode error = json(response).path("error");
    assertThat(error.path("message").asText()).isNotBlank().doesNotContain("Exception");
    assertThat(error.path("type").asText()).isNotBlank();
    assertThat(error.has("param")).isTrue();
    assertThat(error.has("code")).isTrue();
    return error;
  }
}
