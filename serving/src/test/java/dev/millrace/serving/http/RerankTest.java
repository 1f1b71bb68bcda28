package dev.millrace.serving.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.models.encoder.TextScorer;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.runtime.SettingsException;
import dev.millrace.serving.TinyCrossEncoder;
import io.quarkus.test.junit.QuarkusTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The step "rerank" from a directory in the settings to the answer, over a head that is real. */
@QuarkusTest
class RerankTest extends HttpTestBase {

  private static final String QUERY = "replicas that wait for records";
  private static final String RERANK =
      "{\"query\":\""
          + QUERY
          + "\",\"limit\":8,\"debug\":true,\"retrieval\":{\"steps\":{\"rerank\":%s}}}";

  @TempDir Path folder;

  private final Map<String, String> texts = new HashMap<>();

  private Path start(Map<String, String> more) throws Exception {
    for (int i = 0; i < 8; i++) {
      texts.put(
          "d" + i,
          "Record number %d waits for %s replicas; %s of them wait for a leader."
              .formatted(i, List.of("two", "all", "most", "no").get(i % 4), i % 3));
    }
    List<String> known = new ArrayList<>(texts.values());
    known.addAll(List.of(QUERY, ACKS, "Title"));
    Path model = TinyCrossEncoder.write(folder.resolve("scorer"), known, 5);
    texts.forEach((id, text) -> index.put(id, 20, "Title " + id, null, text));
    Map<String, String> settings = new HashMap<>(more);
    settings.put("millrace.serving.retrieval.rerank.model", model.toString());
    serve(settings);
    return model;
  }

  private JsonNode search(boolean rerank) throws Exception {
    var response = post("/v1/search", RERANK.formatted(rerank));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return json(response);
  }

  private static List<String> ids(JsonNode found) {
    List<String> ids = new ArrayList<>();
    found.path("hits").forEach(hit -> ids.add(hit.path("document_id").asText()));
    return ids;
  }

  @Test
  void order_and_scores_are_those_of_the_model() throws Exception {
    Path model = start(Map.of());
    JsonNode before = search(false);
    JsonNode after = search(true);
    assertThat(ids(after)).isNotEqualTo(ids(before));

    try (TextScorer scorer = TextScorer.open(TorchRuntime.cpu(), model)) {
      double last = 1;
      for (JsonNode hit : after.path("hits")) {
        float alone =
            scorer
                .relevance(
                    List.of(
                        new TextScorer.Pair(
                            QUERY, hit.path("title").asText() + "\n" + hit.path("text").asText())))[
                0];
        assertThat(hit.path("score").asDouble()).isCloseTo(alone, within(1e-5));
        assertThat(hit.path("score").asDouble()).isLessThanOrEqualTo(last);
        last = hit.path("score").asDouble();
      }
    }
    JsonNode step = null;
    for (JsonNode one : after.at("/debug/retrieval")) {
      step = one.path("step").asText().equals("rerank") ? one : step;
    }
    assertThat(step).isNotNull();
    assertThat(step.path("millis").asDouble()).isPositive();
    assertThat(before.at("/debug/retrieval").toString()).doesNotContain("rerank");
  }

  @Test
  void passages_beyond_the_pool_keep_their_order_behind_it() throws Exception {
    start(Map.of("millrace.serving.retrieval.rerank.pool", "3"));
    List<String> before = ids(search(false));
    List<String> after = ids(search(true));
    assertThat(after.subList(0, 3)).containsExactlyInAnyOrderElementsOf(before.subList(0, 3));
    assertThat(after.subList(3, 8)).isEqualTo(before.subList(3, 8));
  }

  @Test
  void settings_switch_it_on_for_answers_too_and_a_request_switches_it_off() throws Exception {
    start(Map.of("millrace.serving.retrieval.steps", "rewrite,fuse,rerank"));
    String question = ask("How many replicas does record number 3 wait for?", "\"debug\":true%s");
    JsonNode on = json(post("/v1/chat/completions", question.formatted("")));
    assertThat(on.at("/debug/retrieval").toString()).contains("\"rerank\"");
    assertThat(on.at("/choices/0/message/citations")).isNotEmpty();
    JsonNode off =
        json(
            post(
                "/v1/chat/completions",
                question.formatted(",\"retrieval\":{\"steps\":{\"rerank\":false}}")));
    assertThat(off.at("/debug/retrieval").toString()).doesNotContain("\"rerank\"");
  }

  @Test
  void directory_that_holds_no_head_is_refused_when_the_server_starts() throws Exception {
    Path empty = Files.createDirectories(folder.resolve("empty"));
    assertThatThrownBy(
            () -> serve(Map.of("millrace.serving.retrieval.rerank.model", empty.toString())))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("rerank.model");
  }
}
