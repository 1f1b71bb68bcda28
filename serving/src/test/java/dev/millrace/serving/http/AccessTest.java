package dev.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.avro.Feedback;
import dev.millrace.serving.feedback.FeedbackLog;
import dev.millrace.serving.remote.FakeUpstream;
import io.quarkus.test.junit.QuarkusTest;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/** Who may, how often, and what every response and the log say. */
@QuarkusTest
class AccessTest extends HttpTestBase {

  private static final String CHAT = "/v1/chat/completions";
  private static final String SECRET = "s3cret-of-the-office";
  private static final String WRONG = "wr0ng-but-a-secret-elsewhere";

  private final List<Feedback> kept = new CopyOnWriteArrayList<>();

  private static String key(String name, String secret, String rest) throws Exception {
    byte[] hash =
        MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
    return name + ":" + HexFormat.of().formatHex(hash) + rest;
  }

  private void keepFeedback() {
    feedback =
        Optional.of(
            new FeedbackLog() {
              @Override
              public void append(Feedback one) {
                kept.add(one);
              }

              @Override
              public void close() {}
            });
  }

  @Test
  void key_needs_the_role_for_what_it_does() throws Exception {
    serve(
        Map.of(
            "millrace.serving.api-keys",
            key("office", SECRET, ":hr:reader") + "," + key("loader", "other", "::producer")));
    String[] reader = {"Authorization", "Bearer " + SECRET};
    String[] producer = {"Authorization", "Bearer other"};
    assertThat(get("/v1/models", reader).statusCode()).isEqualTo(200);
    HttpResponse<String> refused = get("/v1/models", producer);
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(json(refused).path("error").path("message").asText()).contains("reader");
  }

  @Test
  void too_many_requests_get_429_with_the_time_to_wait() throws Exception {
    serve(
        Map.of(
            "millrace.serving.api-keys", key("office", SECRET, ""),
            "millrace.serving.rate.requests-per-minute", "5",
            "millrace.serving.rate.failures-per-minute", "3"));
    String[] reader = {"Authorization", "Bearer " + SECRET};
    for (int i = 0; i < 5; i++) {
      assertThat(get("/v1/models", reader).statusCode()).isEqualTo(200);
    }
    HttpResponse<String> refused = get("/v1/models", reader);
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(Integer.parseInt(refused.headers().firstValue("retry-after").orElseThrow()))
        .isBetween(1, 60);
    for (int i = 0; i < 3; i++) {
      assertThat(get("/v1/models", "Authorization", "Bearer " + WRONG).statusCode()).isEqualTo(401);
    }
    assertThat(get("/v1/models", "Authorization", "Bearer " + WRONG).statusCode()).isEqualTo(429);
  }

  @Test
  void every_response_has_the_headers_that_keep_pages_in() throws Exception {
    serve(Map.of());
    List<HttpResponse<String>> responses =
        List.of(
            get("/v1/models"),
            get("/v1/nothing"),
            get("/nothing"),
            get("/health"),
            get("/q/health/live"),
            post(CHAT, "not json"),
            post(CHAT, ask("What does acks=all mean?", "\"stream\":true")));
    for (HttpResponse<String> response : responses) {
      String policy = response.headers().firstValue("content-security-policy").orElse("");
      assertThat(policy)
          .as(response.uri().toString())
          .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
          .doesNotContain("unsafe");
      assertThat(response.headers().firstValue("x-content-type-options")).contains("nosniff");
      assertThat(response.headers().firstValue("x-frame-options")).contains("DENY");
      assertThat(response.headers().firstValue("referrer-policy")).contains("no-referrer");
    }
    assertThat(get("/v1/models").headers().firstValue("cache-control")).contains("no-store");
  }

  @Test
  void request_under_another_name_is_refused_where_no_key_guards() throws Exception {
    serve(Map.of());
    assertThat(raw("GET /v1/models HTTP/1.1\r\nHost: evil.example\r\n")).startsWith("HTTP/1.1 403");
    assertThat(
            raw(
                "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n"
                    + "Origin: https://evil.example\r\n"))
        .startsWith("HTTP/1.1 403");
    assertThat(raw("GET /v1/models HTTP/1.1\r\nHost: localhost\r\n")).startsWith("HTTP/1.1 200");
  }

  private String raw(String head) throws Exception {
    try (Socket socket = new Socket(root.getHost(), root.getPort())) {
      socket.setSoTimeout(10_000);
      socket
          .getOutputStream()
          .write((head + "Connection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void feedback_is_kept_as_chosen_or_rejected() throws Exception {
    keepFeedback();
    serve(Map.of());
    String body =
        "{\"conversation_id\":\"c1\",\"message_id\":\"m1\",\"model\":\"policy\",\"version\":12,"
            + "\"messages\":[{\"role\":\"user\",\"content\":\"37+45=\"}],\"answer\":\"82\","
            + "\"rating\":\"%s\"%s}";
    assertThat(post("/v1/feedback", body.formatted("up", "")).statusCode()).isEqualTo(202);
    assertThat(
            post(
                    "/v1/feedback",
                    body.formatted("down", ",\"better\":\"82!\",\"comment\":\"say it loud\""))
                .statusCode())
        .isEqualTo(202);
    assertThat(kept.get(0).getChosen()).isEqualTo("82");
    assertThat(kept.get(0).getRejected()).isNull();
    assertThat(kept.get(0).getVersion()).isEqualTo(12);
    assertThat(kept.get(0).getMessages().get(0).getContent()).isEqualTo("37+45=");
    assertThat(kept.get(1).getChosen()).isEqualTo("82!");
    assertThat(kept.get(1).getRejected()).isEqualTo("82");
    assertThat(kept.get(1).getComment()).isEqualTo("say it loud");
    for (String bad :
        new String[] {
          "{}",
          body.formatted("sideways", ""),
          body.formatted("up", ",\"better\":\"x\""),
          body.formatted("up", "").replace("\"c1\"", "\"" + "c".repeat(201) + "\""),
        }) {
      assertThat(post("/v1/feedback", bad).statusCode()).as(bad).isEqualTo(400);
    }
    assertThat(kept).hasSize(2);
  }

  @Test
  void feedback_without_a_place_for_it_is_503() throws Exception {
    serve(Map.of());
    assertThat(
            post(
                    "/v1/feedback",
                    "{\"conversation_id\":\"c\",\"message_id\":\"m\",\"model\":\"x\","
                        + "\"answer\":\"a\",\"rating\":\"up\"}")
                .statusCode())
        .isEqualTo(503);
  }

  @Test
  void neither_keys_nor_questions_stand_in_the_log() throws Exception {
    List<String> lines = new ArrayList<>();
    Handler listener = listener(lines);
    Logger everything = LogManager.getLogManager().getLogger("");
    Level before = everything.getLevel();
    Logger ours = Logger.getLogger("dev.millrace");
    try (FakeUpstream upstream = new FakeUpstream()) {
      everything.addHandler(listener);
      ours.setLevel(Level.ALL);
      upstream.reply(
          exchange ->
              FakeUpstream.reply(
                  exchange, 401, "{\"error\":{\"message\":\"bad " + FakeUpstream.KEY + "\"}}"));
      backends.add(upstream.backend());
      serve(Map.of("millrace.serving.api-keys", key("office", SECRET, ":hr:reader")));
      String question = ask("What is the salary of the captain?", "");
      post(CHAT, question, "Authorization", "Bearer " + SECRET);
      post(CHAT, question, "Authorization", "Bearer " + WRONG);
      post(CHAT, question + SECRET, "Authorization", "Bearer " + SECRET);
      post(
          CHAT,
          question.replace("\"extractive\"", "\"remote\""),
          "Authorization",
          "Bearer " + SECRET);
      index.breakOnce(new IllegalStateException("a fault of ours"));
      assertThat(post(CHAT, question, "Authorization", "Bearer " + SECRET).statusCode())
          .isEqualTo(500);
    } finally {
      everything.removeHandler(listener);
      ours.setLevel(null);
      everything.setLevel(before);
    }
    assertThat(lines).as("the fault is in it").anyMatch(line -> line.contains("a fault of ours"));
    assertThat(lines)
        .noneMatch(
            line ->
                line.contains(SECRET)
                    || line.contains(WRONG)
                    || line.contains(FakeUpstream.KEY)
                    || line.contains("salary"));
  }

  private static Handler listener(List<String> lines) {
    return new Handler() {
      @Override
      public synchronized void publish(LogRecord record) {
        StringWriter text = new StringWriter();
        text.append(record.getMessage());
        for (Object parameter :
            record.getParameters() == null ? new Object[0] : record.getParameters()) {
          text.append(' ').append(String.valueOf(parameter));
        }
        if (record.getThrown() != null) {
          record.getThrown().printStackTrace(new PrintWriter(text, true));
        }
        lines.add(text.toString());
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
  }
}
