package dev.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.serving.extractive.ExtractiveBackend;
import io.quarkiverse.mcp.server.ToolResponse;
import io.quarkiverse.mcp.server.test.McpAssured;
import io.quarkiverse.mcp.server.test.McpAssured.McpStreamableTestClient;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.core.MultiMap;
import jakarta.inject.Inject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

@QuarkusTest
class McpTest extends HttpTestBase {

  @Inject McpBeans beans;

  @Test
  void tools_are_listed_with_what_they_do() {
    serve(Map.of());
    try (var client = new Client()) {
      client
          .connected
          .when()
          .toolsList(
              page -> {
                assertThat(page.tools())
                    .extracting(t -> t.name())
                    .containsExactlyInAnyOrder("search", "ask", "push_document", "lag");
                var push = page.findByName("push_document");
                assertThat(push.annotations().orElseThrow().readOnlyHint()).isFalse();
                assertThat(push.inputSchema().getJsonArray("required")).containsExactly("text");
                assertThat(push.inputSchema().getJsonObject("properties").fieldNames())
                    .containsExactlyInAnyOrder(
                        "text", "id", "title", "content_type", "uri", "metadata", "acl");
              })
          .thenAssertResults();
    }
  }

  @Test
  void search_finds_passages_with_their_places() throws Exception {
    serve(Map.of());
    try (var client = new Client()) {
      JsonNode found = client.call("search", Map.of("query", "in-sync replicas", "limit", 1));
      JsonNode passage = found.path("passages").path(0);
      assertThat(passage.path("document_id").asText()).isEqualTo("producer");
      assertThat(ACKS.substring(passage.path("start").asInt(), passage.path("end").asInt()))
          .isEqualTo(passage.path("text").asText());
      assertThat(client.text).contains("Producer settings (document producer, revision 7");
    }
  }

  @Test
  void ask_answers_with_sources() throws Exception {
    serve(Map.of());
    try (var client = new Client()) {
      JsonNode answer = client.call("ask", Map.of("question", "What does acks=all mean?"));
      assertThat(answer.path("answer").asText()).startsWith("acks=all means").contains("[1]");
      assertThat(answer.path("citations").path(0).path("document_id").asText())
          .isEqualTo("producer");
      assertThat(client.text).contains("Sources:\n[1] Producer settings");
      client.call("ask", Map.of("question", "flurbish the wongle"));
      assertThat(client.text).isEqualTo(ExtractiveBackend.NOTHING_FITS);
    }
  }

  @Test
  void documents_are_pushed_and_lag_is_told() throws Exception {
    serve(Map.of());
    try (var client = new Client()) {
      client.call(
          "push_document",
          Map.of(
              "text",
              "New text.",
              "id",
              "new",
              "metadata",
              Map.of("team", "a"),
              "acl",
              List.of("hr")));
      assertThat(beans.pushed.getLast().toString())
          .isEqualTo(
              "{\"text\":\"New"
                  + " text.\",\"id\":\"new\",\"metadata\":{\"team\":\"a\"},\"acl\":[\"hr\"]}");
      JsonNode lag = client.call("lag", Map.of());
      assertThat(lag.at("/groups/0/lag").asInt()).isEqualTo(12);
    }
  }

  @Test
  void what_is_wrong_is_told_to_the_calling_model() {
    serve(Map.of());
    try (var client = new Client()) {
      assertThat(client.error("ask", Map.of("question", "x", "model", "gpt-9")))
          .contains("'gpt-9' does not exist here");
      assertThat(client.error("search", Map.of("query", " "))).contains("'query' has to have");
      assertThat(client.error("search", Map.of("query", "x", "limit", 0))).contains("1 to 50");
      assertThat(client.error("push_document", Map.of("text", " "))).contains("'text' is missing");
      index.away(true);
      assertThat(client.error("search", Map.of("query", "x"))).contains("does not answer");
      index.away(false);
    }
  }

  @Test
  void hidden_documents_stay_hidden() throws Exception {
    serve(Map.of());
    Map<String, Object> question = Map.of("query", "salary of the captain");
    try (var anybody = new Client()) {
      anybody.call("search", question);
      assertThat(anybody.text).doesNotContain("4711");
    }
    try (var hr = new Client("X-Millrace-Principals", "hr")) {
      hr.call("search", question);
      assertThat(hr.text).contains("4711");
    }
  }

  @Test
  void without_a_key_nobody_gets_in_where_keys_are_needed() throws Exception {
    String hash =
        HexFormat.of()
            .formatHex(
                MessageDigest.getInstance("SHA-256")
                    .digest("opensesame".getBytes(StandardCharsets.UTF_8)));
    serve(Map.of("millrace.serving.api-keys", "portal:" + hash + ":hr"));
    String hello =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{\"protocolVersion\":"
            + "\"2025-06-18\",\"capabilities\":{},\"clientInfo\":{\"name\":\"t\",\"version\":\"1\"}}}";
    var refused = post("/mcp", hello, "Accept", "application/json, text/event-stream");
    assertThat(refused.statusCode()).isEqualTo(401);
    assertThat(refused.headers().firstValue("WWW-Authenticate")).contains("Bearer");
    assertThat(json(refused).at("/error/code").asText()).isEqualTo("invalid_api_key");
    try (var client = new Client("Authorization", "Bearer opensesame")) {
      client.call("search", Map.of("query", "salary of the captain"));
      assertThat(client.text).contains("4711"); // the key's principals
    }
  }

  @Test
  void page_of_another_site_cannot_use_the_tools() throws Exception {
    serve(Map.of());
    String body = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\"}";
    var foreign =
        post(
            "/mcp",
            body,
            "Accept",
            "application/json, text/event-stream",
            "Origin",
            "https://evil.example");
    assertThat(foreign.statusCode()).isEqualTo(403);
  }

  /** A client of the library that the server is made with. */
  private final class Client implements AutoCloseable {

    private final McpStreamableTestClient connected;
    private String text = "";

    Client(String... headers) {
      McpAssured.baseUri = root;
      connected =
          McpAssured.newStreamableClient()
              .setAdditionalHeaders(
                  message -> {
                    MultiMap all = MultiMap.caseInsensitiveMultiMap();
                    for (int i = 0; i < headers.length; i += 2) {
                      all.add(headers[i], headers[i + 1]);
                    }
                    return all;
                  })
              .build()
              .connect();
    }

    JsonNode call(String tool, Map<String, Object> arguments) throws Exception {
      ToolResponse[] response = new ToolResponse[1];
      run(tool, arguments, r -> response[0] = r);
      text = response[0].firstContent().asText().text();
      assertThat(response[0].isError()).as(text).isFalse();
      return JSON.readTree(response[0].structuredContent().toString());
    }

    String error(String tool, Map<String, Object> arguments) {
      ToolResponse[] response = new ToolResponse[1];
      run(tool, arguments, r -> response[0] = r);
      assertThat(response[0].isError()).isTrue();
      return response[0].firstContent().asText().text();
    }

    private void run(String tool, Map<String, Object> arguments, Consumer<ToolResponse> then) {
      connected.when().toolsCall(tool, arguments, then).thenAssertResults();
    }

    @Override
    public void close() {
      connected.disconnect();
    }
  }
}
