package dev.millrace.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.index.BulkWrite.DeleteChunk;
import dev.millrace.runtime.RetriableException;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BadTimesTest {

  private static final Generation GENERATION =
      new Generation(
          1,
          "chunks-000001",
          "documents-000001",
          IndexIdentity.of("m", 3, new LogIdentity("c", "t", "i", 1)),
          true);

  private StandIn server;
  private OpenSearchConnection connection;

  @BeforeEach
  void open() throws IOException {
    server = new StandIn();
    connection = OpenSearchConnection.open(OpenSearchSettings.of(server.address()));
  }

  @AfterEach
  void close() {
    connection.close();
    server.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 404, 429, 500, 502, 503, 504})
  void what_may_pass_is_tried_again(int status) {
    server.answers(
        status, "{\"error\":{\"type\":\"t\",\"reason\":\"r\"},\"status\":" + status + "}");
    server.answers(
        status, "{\"error\":{\"type\":\"t\",\"reason\":\"r\"},\"status\":" + status + "}");

    assertThatThrownBy(() -> index(10, 1000).manifests(List.of("d")))
        .isInstanceOf(RetriableException.class)
        .hasMessageContaining(server.address().toString())
        .hasMessageContaining(String.valueOf(status))
        .hasMessageNotContaining("\n");
  }

  @Test
  void wrong_credentials_name_the_settings_to_check() {
    server.answers(401, "").answers(401, "");

    assertThatThrownBy(() -> connection.version())
        .isInstanceOf(RetriableException.class)
        .hasMessageContaining("millrace.opensearch.password");
  }

  @Test
  void credentials_go_with_the_first_request() {
    server.answers(200, "{\"version\":{\"number\":\"3.6.0\"}}");
    var settings =
        new OpenSearchSettings(
            List.of(server.address()),
            Optional.of("me"),
            Optional.of("secret"),
            Optional.empty(),
            Duration.ofSeconds(1),
            Duration.ofSeconds(5));

    try (var secured = OpenSearchConnection.open(settings)) {
      assertThat(secured.version()).isEqualTo("3.6.0");
    }
    assertThat(server.authorizations).contains("Basic bWU6c2VjcmV0");
  }

  @Test
  void a_server_that_is_no_opensearch_is_told_in_one_line() {
    server.answers(200, "<html>hello</html>");

    assertThatThrownBy(() -> connection.version())
        .isInstanceOf(RetriableException.class)
        .hasMessageContaining("does not answer as OpenSearch does")
        .hasMessageNotContaining("\n");
  }

  @Test
  void nobody_there_is_told_in_one_line() {
    try (var nowhere =
        OpenSearchConnection.open(OpenSearchSettings.of(URI.create("http://127.0.0.1:9")))) {
      assertThatThrownBy(nowhere::version)
          .isInstanceOf(RetriableException.class)
          .hasMessageStartingWith("OpenSearch at http://127.0.0.1:9 is not reachable")
          .hasMessageNotContaining("\n");
    }
  }

  @Test
  void a_bulk_is_cut_by_entries_and_by_bytes() {
    server.answers(200, items("200,200,200")).answers(200, items("200"));
    index(3, 1 << 20).write(deletes(4));
    assertThat(server.bodies).hasSize(2);

    server.bodies.clear();
    server.answers(200, items("200")).answers(200, items("200"));
    index(100, 10).write(deletes(2));
    assertThat(server.bodies).hasSize(2).allSatisfy(body -> assertThat(body).endsWith("\n"));
  }

  @Test
  void every_entry_of_a_bulk_has_its_own_outcome() {
    server.answers(200, items("200,404,409,400"));

    List<BulkOutcome> outcomes = index(10, 1 << 20).write(deletes(4));

    assertThat(outcomes.get(0)).isInstanceOf(BulkOutcome.Done.class);
    assertThat(outcomes.get(1)).isInstanceOf(BulkOutcome.Done.class);
    assertThat(outcomes.get(2)).isInstanceOf(BulkOutcome.Stale.class);
    assertThat(outcomes.get(3)).isInstanceOf(BulkOutcome.Refused.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {403, 429, 500, 503})
  void an_entry_that_is_turned_away_for_now_makes_the_call_be_tried_again(int status) {
    server.answers(200, items("200," + status));

    assertThatThrownBy(() -> index(10, 1 << 20).write(deletes(2)))
        .isInstanceOf(RetriableException.class)
        .hasMessageContaining(String.valueOf(status));
  }

  private ChunkIndex index(int entries, int bytes) {
    return new ChunkIndex(connection, GENERATION, new BulkLimits(entries, bytes));
  }

  private static List<BulkWrite> deletes(int number) {
    return IntStream.range(0, number)
        .<BulkWrite>mapToObj(i -> new DeleteChunk("id" + i, i))
        .toList();
  }

  private static String items(String statuses) {
    var items = new StringBuilder();
    for (String status : statuses.split(",")) {
      boolean error = !status.equals("200") && !status.equals("404");
      items
          .append(items.isEmpty() ? "" : ",")
          .append("{\"delete\":{\"status\":")
          .append(status)
          .append(error ? ",\"error\":{\"type\":\"t\",\"reason\":\"r\"}" : "")
          .append("}}");
    }
    return "{\"items\":[" + items + "]}";
  }
}
