package dev.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What nobody may read is in no response: not what other principals own, nor files beside ours. */
@QuarkusTest
class SecretsTest extends HttpTestBase {

  private static final List<String> GROUPS = List.of("a", "b", "c", "d");
  private static final int DOCUMENTS = 8;
  private static final int ROUNDS = 40;
  private static final String STEPS =
      "\"debug\":true,\"retrieval\":{\"steps\":{\"mmr\":true,\"auto-merge\":%s,\"parent\":%s,"
          + "\"window\":%s}}";

  @Test
  void no_answer_citation_search_or_debug_block_holds_a_hidden_document() throws Exception {
    ScriptedBackend model = new ScriptedBackend();
    model.script =
        (turn, sink) ->
            sink.text(
                turn.messages().stream().map(m -> m.content()).collect(Collectors.joining("\n")));
    backends.add(model);
    serve(Map.of());
    Random random = new Random(4711);
    for (int round = 0; round < ROUNDS; round++) {
      List<Set<String>> acls = new ArrayList<>();
      for (int d = 0; d < DOCUMENTS; d++) {
        Set<String> acl = some(random);
        acls.add(acl);
        index.put(
            "doc" + d,
            100L + round,
            "Report x" + d + "x",
            null,
            "The secret number of report r"
                + d
                + "q is n"
                + d
                + "n. Everybody in x"
                + d
                + "x knows the secret number of the reports.",
            acl.toArray(String[]::new));
      }
      Set<String> principals = some(random);
      String[] headers = {"X-Millrace-Principals", String.join(",", principals) + ",*"};
      int d = random.nextInt(DOCUMENTS);
      String question = "What is the secret number of report r" + d + "q?";
      String steps =
          STEPS.formatted(random.nextBoolean(), random.nextBoolean(), random.nextBoolean());
      String asked = ask(question, steps);
      String written =
          ask(question, steps + ",\"documents\":true").replace("\"extractive\"", "\"scripted\"");
      List<String> responses =
          List.of(
              post("/v1/chat/completions", asked, headers).body(),
              post("/v1/chat/completions", written, headers).body(),
              post(
                      "/v1/search",
                      "{\"query\":\"secret number of reports\",\"limit\":50," + steps + "}",
                      headers)
                  .body(),
              get("/v1/documents/doc" + d + "/passage", headers).body());
      for (int other = 0; other < DOCUMENTS; other++) {
        Set<String> acl = acls.get(other);
        boolean hidden = !acl.isEmpty() && acl.stream().noneMatch(principals::contains);
        for (String response : responses) {
          if (hidden) {
            assertThat(response).doesNotContain("n" + other + "n", "x" + other + "x");
          }
        }
        if (!hidden && other == d) {
          assertThat(responses.get(2)).contains("n" + d + "n");
          assertThat(responses.get(1)).contains("n" + d + "n");
        }
      }
    }
  }

  private static Set<String> some(Random random) {
    Set<String> chosen = new TreeSet<>();
    GROUPS.stream().filter(g -> random.nextInt(3) == 0).forEach(chosen::add);
    return chosen;
  }

  @Test
  void addresses_that_climb_out_of_the_served_folders_find_nothing() throws Exception {
    serve(Map.of());
    for (String climb :
        List.of(
            "/chat/../../application.properties",
            "/chat/..%2f..%2fapplication.properties",
            "/chat/%2e%2e/%2e%2e/millrace-defaults.properties",
            "/chat/..%5c..%5capplication.properties",
            "/webjars/marked/17.0.1/../../../../application.properties",
            "/webjars/%2e%2e/%2e%2e/application.properties",
            "/console/../../../../../etc/passwd",
            "/console/%2e%2e%2f%2e%2e%2fapplication.properties",
            "/../../../../etc/passwd",
            "/..%c0%af..%c0%afetc/passwd",
            "//etc/passwd",
            "/META-INF/resources/../../application.properties",
            "/v1/documents/..%2f..%2f..%2fetc%2fpasswd/passage",
            "/v1/documents/../../../etc/passwd/passage",
            "/chat/main.js%00.html")) {
      String answer = raw("GET " + climb + " HTTP/1.1\r\nHost: localhost\r\n");
      assertThat(answer).as(climb).matches("(?s)HTTP/1\\.1 (400|401|403|404|405) .*");
      assertThat(answer).as(climb).doesNotContain("root:", "quarkus.http", "millrace.kafka");
    }
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
}
