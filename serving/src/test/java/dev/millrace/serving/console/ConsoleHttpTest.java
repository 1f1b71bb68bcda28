package dev.millrace.serving.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.devstack.DevStackEndpoints;
import dev.millrace.devstack.ServerKind;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class ConsoleHttpTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String REDRIVE = "/console/api/letters/redrive";
  private static final String LETTER = "{\"letters\": [\"0@0\"], \"confirm\": true}";

  @Inject ConsoleHolder holder;

  @TestHTTPResource("/")
  URI root;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private DevStackEndpoints servers;
  private String prefix;
  private ConsoleFixture fixture;

  @BeforeEach
  void servers(Servers all) {
    servers = all.endpoints();
    prefix = all.uniquePrefix();
  }

  private void begin(Map<String, String> settings) {
    fixture =
        new ConsoleFixture(
            servers.kafkaBootstrap(), servers.registry().toString(), prefix, settings);
    holder.show(fixture.monitor);
  }

  @AfterEach
  void close() {
    if (fixture != null) {
      fixture.close();
    }
  }

  private HttpResponse<String> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(root.resolve(path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> post(String path, String body, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(root.resolve(path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static String sha256(String secret) throws Exception {
    return java.util.HexFormat.of()
        .formatHex(
            java.security.MessageDigest.getInstance("SHA-256")
                .digest(secret.getBytes(StandardCharsets.UTF_8)));
  }

  /** A commit is answered before its markers are written: readers see it a moment later. */
  private void awaitActions(int number) {
    Awaitility.await()
        .untilAsserted(() -> assertThat(fixture.monitor.letters().log().since(0)).hasSize(number));
  }

  @Test
  void pages_forbid_inline_scripts_other_hosts_and_frames() throws Exception {
    for (String path : new String[] {"/console", "/console/console.js", "/console/lib/uplot.js"}) {
      HttpResponse<String> page = get(path);
      assertThat(page.statusCode()).as(path).isEqualTo(200);
      assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
          .contains("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'")
          .doesNotContain("unsafe");
      assertThat(page.headers().firstValue("X-Content-Type-Options")).contains("nosniff");
    }
    assertThat(get("/console").body())
        .doesNotContainPattern("<script(?![^>]*src=)")
        .doesNotContainPattern("(?i)\\son[a-z]+=")
        .doesNotContain("http://", "https://");
    assertThat(get("/console/lib/../console.js").statusCode()).isIn(200, 404);
    assertThat(get("/console/lib/secrets").statusCode()).isEqualTo(404);
  }

  @Test
  void redrive_is_refused_to_pages_of_other_sites() throws Exception {
    begin(Map.of());
    fixture.letter(fixture.context.topics().rolloutTasks().name(), "t", "v", "corrupt", "e");
    String ours = root.toString().replaceAll("/$", "");

    assertThat(post(REDRIVE, LETTER).statusCode()).as("no header").isEqualTo(403);
    assertThat(
            post(REDRIVE, LETTER, "X-Millrace-Console", "1", "Origin", "https://evil.example")
                .statusCode())
        .as("other origin")
        .isEqualTo(403);
    assertThat(post(REDRIVE, LETTER, "X-Millrace-Console", "1", "Origin", "null").statusCode())
        .as("origin of a sandboxed frame")
        .isEqualTo(403);
    assertThat(
            post(
                    REDRIVE,
                    LETTER,
                    "X-Millrace-Console",
                    "1",
                    "Origin",
                    ours,
                    "Sec-Fetch-Site",
                    "cross-site")
                .statusCode())
        .as("the browser says that it crosses sites")
        .isEqualTo(403);
    assertThat(fixture.monitor.letters().log().since(0)).isEmpty();
    assertThat(post(REDRIVE, "{\"letters\": [\"0@0\"]}", "X-Millrace-Console", "1").statusCode())
        .as("not confirmed")
        .isEqualTo(400);

    HttpResponse<String> done =
        post(
            REDRIVE,
            LETTER,
            "X-Millrace-Console",
            "1",
            "Origin",
            ours,
            "Sec-Fetch-Site",
            "same-origin");

    assertThat(done.statusCode()).as(done.body()).isEqualTo(200);
    assertThat(JSON.readTree(done.body()).at("/outcomes/0/kind").asText()).isEqualTo("sent");
    awaitActions(1);
  }

  @Test
  void form_of_another_site_cannot_reach_a_change() throws Exception {
    begin(Map.of());
    HttpRequest form =
        HttpRequest.newBuilder(root.resolve(REDRIVE))
            .header("Content-Type", "text/plain")
            .header("X-Millrace-Console", "1")
            .POST(HttpRequest.BodyPublishers.ofString(LETTER))
            .build();

    assertThat(http.send(form, HttpResponse.BodyHandlers.ofString()).statusCode()).isEqualTo(415);
    HttpRequest preflight =
        HttpRequest.newBuilder(root.resolve(REDRIVE))
            .header("Origin", "https://evil.example")
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "x-millrace-console")
            .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
            .build();
    assertThat(
            http.send(preflight, HttpResponse.BodyHandlers.ofString())
                .headers()
                .firstValue("Access-Control-Allow-Origin"))
        .isEmpty();
  }

  /** Where the name that we are called by is not a header of the name Host. */
  @Test
  void second_version_of_http_is_let_in() throws Exception {
    begin(Map.of());
    try (HttpClient second = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build()) {
      for (int i = 0; i < 2; i++) {
        HttpResponse<String> answer =
            second.send(
                HttpRequest.newBuilder(root.resolve("/console/api/learning")).build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      }
    }
  }

  @Test
  void name_that_was_made_to_point_here_is_refused() throws Exception {
    begin(Map.of());
    try (var socket = new Socket(root.getHost(), root.getPort())) {
      socket
          .getOutputStream()
          .write(
              "GET /console/api/stream HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      var in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      assertThat(in.readLine()).contains("403");
    }
    assertThat(get("/console/api/stream").statusCode()).isEqualTo(200);
    assertThat(get("/console/api/stream", "X-Forwarded-For", "203.0.113.7").statusCode())
        .as("through a proxy")
        .isEqualTo(403);
  }

  @Test
  void with_keys_viewers_look_operators_act_and_others_do_neither() throws Exception {
    begin(
        Map.of(
            "millrace.serving.api-keys",
            "watcher:%s:viewer,captain:%s:operator|hr,clerk:%s:hr"
                .formatted(sha256("look"), sha256("act"), sha256("file"))));
    fixture.letter(fixture.context.topics().rolloutTasks().name(), "t", "v", "corrupt", "e");

    assertThat(get("/console/api/letters").statusCode()).isEqualTo(401);
    assertThat(get("/console/api/letters", "Authorization", "Bearer file").statusCode())
        .isEqualTo(403);
    assertThat(get("/console/api/letters", "Authorization", "Bearer look").statusCode())
        .isEqualTo(200);
    assertThat(
            JSON.readTree(get("/console/api/me", "Authorization", "Bearer look").body())
                .path("operator")
                .asBoolean())
        .isFalse();
    assertThat(
            post(REDRIVE, LETTER, "X-Millrace-Console", "1", "Authorization", "Bearer look")
                .statusCode())
        .isEqualTo(403);
    HttpResponse<String> done =
        post(REDRIVE, LETTER, "X-Millrace-Console", "1", "Authorization", "Bearer act");
    assertThat(done.statusCode()).as(done.body()).isEqualTo(200);
    awaitActions(1);
    JsonNode actions =
        JSON.readTree(get("/console/api/actions", "Authorization", "Bearer look").body());
    assertThat(actions.at("/0/actor").asText()).isEqualTo("captain");
    assertThat(actions.at("/0/via").asText()).isEqualTo("console");
  }

  @Test
  void deletion_is_an_order_in_the_log_with_its_author() throws Exception {
    begin(Map.of());

    HttpResponse<String> done =
        post(
            "/console/api/documents/delete",
            "{\"id\": \"a/b\", \"confirm\": true}",
            "X-Millrace-Console",
            "1");

    assertThat(done.statusCode()).as(done.body()).isEqualTo(200);
    awaitActions(1);
    JsonNode trace = JSON.readTree(get("/console/api/trace?document=a/b").body());
    assertThat(trace.at("/events/0/sentence").asText()).isEqualTo("asked to be deleted");
    assertThat(JSON.readTree(get("/console/api/actions").body()).at("/0/kind").asText())
        .isEqualTo("DELETE");
  }

  @Test
  void pause_needs_what_every_change_needs_and_is_heard_and_recorded() throws Exception {
    begin(
        Map.of(
            "millrace.serving.api-keys",
            "watcher:%s:viewer,captain:%s:operator".formatted(sha256("look"), sha256("act"))));
    String pause = "/console/api/stages/pause";
    String order = "{\"stage\": \"embed\", \"reason\": \"new index\", \"confirm\": true}";

    assertThat(post(pause, order, "Authorization", "Bearer act").statusCode())
        .as("no header")
        .isEqualTo(403);
    assertThat(
            post(
                    pause,
                    order,
                    "X-Millrace-Console",
                    "1",
                    "Origin",
                    "https://evil.example",
                    "Authorization",
                    "Bearer act")
                .statusCode())
        .as("page of another site")
        .isEqualTo(403);
    assertThat(
            post(pause, order, "X-Millrace-Console", "1", "Authorization", "Bearer look")
                .statusCode())
        .as("may only look")
        .isEqualTo(403);
    String[] captain = {"X-Millrace-Console", "1", "Authorization", "Bearer act"};
    assertThat(post(pause, "{\"stage\": \"embed\"}", captain).statusCode())
        .as("not confirmed")
        .isEqualTo(400);
    HttpResponse<String> unknown =
        post(pause, "{\"stage\": \"serving\", \"confirm\": true}", captain);
    assertThat(unknown.statusCode()).isEqualTo(400);
    assertThat(unknown.body()).contains("no stage 'serving' can be paused");
    assertThat(fixture.monitor.letters().log().since(0)).isEmpty();

    assertThat(post(pause, order, captain).statusCode()).isEqualTo(200);

    Awaitility.await().until(() -> paused("embed").path("by").asText().equals("captain"));
    assertThat(paused("embed").path("reason").asText()).isEqualTo("new index");
    awaitActions(1);
    assertThat(
            post("/console/api/stages/resume", "{\"stage\": \"embed\", \"confirm\": true}", captain)
                .statusCode())
        .isEqualTo(200);
    Awaitility.await().until(() -> paused("embed").isMissingNode());
    awaitActions(2);
    JsonNode actions =
        JSON.readTree(get("/console/api/actions", "Authorization", "Bearer look").body());
    assertThat(actions.findValuesAsText("kind")).containsExactly("RESUME", "PAUSE");
    assertThat(actions.findValuesAsText("actor")).containsOnly("captain");
  }

  private JsonNode paused(String stage) throws Exception {
    JsonNode stream =
        JSON.readTree(get("/console/api/stream", "Authorization", "Bearer look").body());
    for (JsonNode one : stream.at("/stream/documents")) {
      if (one.path("name").asText().equals(stage)) {
        return one.path("paused");
      }
    }
    throw new AssertionError(stage + " is not in " + stream);
  }

  @Test
  void bad_questions_are_answered_in_one_sentence() throws Exception {
    begin(Map.of());

    assertThat(get("/console/api/letters/one?id=x").statusCode()).isEqualTo(400);
    assertThat(get("/console/api/letters/one?id=0@5").statusCode()).isEqualTo(404);
    assertThat(get("/console/api/sample?partition=0&offset=9").statusCode()).isEqualTo(404);
    assertThat(get("/console/api/sample?partition=0&offset=-9").statusCode()).isEqualTo(400);
    assertThat(get("/console/api/trace").statusCode()).isEqualTo(400);
    assertThat(get("/console/api/partitions?group=none&topic=none").statusCode()).isEqualTo(404);
    assertThat(post(REDRIVE, "[]", "X-Millrace-Console", "1").statusCode()).isEqualTo(400);
  }

  @Test
  void events_come_as_often_as_lag_is_looked_at() throws Exception {
    begin(Map.of());
    HttpResponse<java.io.InputStream> live =
        http.send(
            HttpRequest.newBuilder(root.resolve("/console/api/live?groups=1")).build(),
            HttpResponse.BodyHandlers.ofInputStream());
    try (var in = new BufferedReader(new InputStreamReader(live.body(), StandardCharsets.UTF_8))) {
      long last = -1;
      for (int i = 0; i < 3; i++) {
        String line = in.readLine();
        assertThat(line).startsWith("data: ");
        JsonNode event = JSON.readTree(line.substring(6));
        assertThat(event.at("/stream/at").asLong()).isGreaterThan(last);
        assertThat(event.at("/stream/documents/0/name").asText()).isEqualTo("preprocess");
        assertThat(event.path("groups").path("groups").isArray()).isTrue();
        last = event.at("/stream/at").asLong();
        assertThat(in.readLine()).isEmpty();
      }
    }
  }
}
