package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The command against a server that answers as the API does. */
class AskTest {

  private static final String FIRST =
      "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
  private static final String CITED =
      "data: {\"choices\":[{\"delta\":{\"citations\":[{\"number\":1,\"document_id\":\"d/1\","
          + "\"title\":\"Gu\\u001b[31mide\",\"uri\":\"u\",\"start\":3,\"end\":9}]}}]}\n\n";

  private final StringWriter err = new StringWriter();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final PrintStream before = System.out;
  private HttpServer server;
  private String answer = "";
  private int status = 200;
  private JsonNode asked;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/v1/chat/completions",
        exchange -> {
          asked = Api.JSON.readTree(exchange.getRequestBody().readAllBytes());
          byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void stop() {
    System.setOut(before);
    server.stop(0);
  }

  @Test
  void answer_is_printed_with_its_sources() {
    answer =
        FIRST
            + ": keep-alive\n\n"
            + piece("First li")
            + piece("ne [1]\n\nSecond")
            + CITED
            + "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
            + "data: [DONE]\n\n";
    assertThat(ask("--model", "policy", "what", "is", "it?")).isZero();
    assertThat(printed())
        .isEqualTo(
            """
              First line [1]

              Second
              [1] Gu[31mide (d/1, characters 3 to 9)
            """);
    assertThat(asked.path("model").asText()).isEqualTo("policy");
    assertThat(asked.path("stream").asBoolean()).isTrue();
    assertThat(asked.path("documents").asBoolean()).isTrue();
    assertThat(asked.at("/messages/0/content").asText()).isEqualTo("what is it?");
  }

  @Test
  void model_that_reads_single_prompts_is_asked_without_documents() {
    server.createContext(
        "/v1/models/policy",
        exchange -> {
          byte[] bytes = "{\"millrace\":{\"documents\":false}}".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    answer = FIRST + piece("82") + "data: [DONE]\n\n";
    assertThat(ask("--model", "policy", "37+45=")).isZero();
    assertThat(asked.path("documents").asBoolean(true)).isFalse();
  }

  @Test
  void what_a_terminal_would_obey_is_left_out() {
    answer = FIRST + piece("a\\u001b]0;evil\\u0007b\\rc\\u202Ed") + "data: [DONE]\n\n";
    assertThat(ask("x?")).isZero();
    assertThat(printed()).isEqualTo("  a]0;evilbcd\n");
  }

  @Test
  void thoughts_stand_before_the_answer_on_lines_of_their_own() {
    answer =
        FIRST
            + "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\"}}]}\n\n"
            + piece("Yes.")
            + "data: [DONE]\n\n";
    assertThat(ask("x?")).isZero();
    assertThat(printed()).isEqualTo("  hm\n  Yes.\n");
  }

  @Test
  void json_is_the_whole_answer_as_it_is() throws Exception {
    answer = "{\"choices\":[{\"message\":{\"content\":\"whole\"}}],\"model\":\"extractive\"}";
    assertThat(ask("--json", "x?")).isZero();
    assertThat(Api.JSON.readTree(printed())).isEqualTo(Api.JSON.readTree(answer));
    assertThat(asked.has("stream")).isFalse();
  }

  @Test
  void error_in_mid_stream_is_one_line_and_exits_with_1() {
    answer =
        FIRST + piece("Half an ans") + "data: {\"error\":{\"message\":\"The index went.\"}}\n\n";
    assertThat(ask("x?")).isEqualTo(1);
    assertThat(printed()).isEqualTo("  Half an ans\n");
    assertThat(err.toString()).isEqualToIgnoringNewLines("millrace: The index went.");
  }

  @Test
  void stream_that_ends_early_is_no_answer() {
    answer = FIRST + piece("Half");
    assertThat(ask("x?")).isEqualTo(1);
    assertThat(err.toString()).contains("broke off").hasLineCount(1);
  }

  @Test
  void refusal_is_one_line() {
    status = 404;
    answer = "{\"error\":{\"message\":\"The model 'x' does not exist here.\"}}";
    assertThat(ask("--model", "x", "x?")).isEqualTo(1);
    assertThat(err.toString()).contains("does not exist here. (HTTP 404)").hasLineCount(1);
  }

  private static String piece(String content) {
    return "data: {\"choices\":[{\"delta\":{\"content\":\""
        + content.replace("\n", "\\n")
        + "\"}}]}\n\n";
  }

  private String printed() {
    return out.toString(StandardCharsets.UTF_8).replace("\r\n", "\n");
  }

  private int ask(String... words) {
    String[] all = new String[words.length + 3];
    all[0] = "ask";
    all[1] = "--url";
    all[2] = "http://127.0.0.1:" + server.getAddress().getPort();
    System.arraycopy(words, 0, all, 3, words.length);
    return Main.commandLine().setErr(new PrintWriter(err)).execute(all);
  }
}
