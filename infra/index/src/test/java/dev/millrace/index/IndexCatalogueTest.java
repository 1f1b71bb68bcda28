package dev.millrace.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.devstack.ServerKind;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@WithServers(ServerKind.OPENSEARCH)
class IndexCatalogueTest {

  private static final LogIdentity LOG = new LogIdentity("cluster", "documents", "topic", 4);
  private static final IndexIdentity FIRST = IndexIdentity.of("a", 3, LOG);
  private static final IndexIdentity SECOND = IndexIdentity.of("b", 5, LOG);
  private static final IndexIdentity THIRD =
      IndexIdentity.of("a", 3, new LogIdentity("cluster", "documents", "topic", 8));

  private OpenSearchConnection connection;
  private IndexSettings settings;
  private IndexCatalogue catalogue;

  @BeforeEach
  void open(Servers servers) {
    connection = OpenSearchConnection.open(OpenSearchSettings.of(servers.endpoints().openSearch()));
    settings = IndexSettings.of(servers.uniquePrefix());
    catalogue = new IndexCatalogue(connection, settings);
  }

  @AfterEach
  void remove() {
    connection.calls().delete("/" + settings.prefix() + "*");
    connection.close();
  }

  @Test
  void the_first_index_is_live_at_once_and_found_again() {
    assertThat(catalogue.live()).isEmpty();

    Generation created = catalogue.open(FIRST);

    assertThat(created.number()).isEqualTo(1);
    assertThat(created.live()).isTrue();
    assertThat(catalogue.open(FIRST)).isEqualTo(created);
    assertThat(catalogue.live()).contains(created);
    assertThat(created.identity()).isEqualTo(FIRST);
  }

  @Test
  void another_model_or_another_number_of_partitions_is_another_index() {
    Generation first = catalogue.open(FIRST);

    Generation second = catalogue.open(SECOND);

    assertThat(second.number()).isEqualTo(2);
    assertThat(second.live()).isFalse();
    assertThat(catalogue.live()).contains(first);
    assertThat(second.groupSuffix()).isNotEqualTo(first.groupSuffix());

    assertThat(catalogue.promote(second).live()).isTrue();
    assertThat(catalogue.live().orElseThrow().number()).isEqualTo(2);
    assertThat(aliases(settings.names().documents())).containsExactly(second.documents());
    assertThat(aliases(settings.names().chunks())).containsExactly(second.chunks());

    Generation third = catalogue.open(THIRD);
    assertThat(third.number()).isEqualTo(3);
    catalogue.promote(third);
    catalogue.promote(third);

    assertThat(catalogue.all()).extracting(Generation::number).containsExactly(2, 3);
  }

  @Test
  void an_index_that_fits_again_is_taken_up_again() {
    catalogue.open(FIRST);
    catalogue.promote(catalogue.open(SECOND));

    Generation back = catalogue.open(FIRST);

    assertThat(back.number()).isEqualTo(1);
    assertThat(back.live()).isFalse();
  }

  @Test
  void processes_that_start_together_open_one_index() throws Exception {
    List<Callable<Generation>> openings =
        IntStream.range(0, 4)
            .<Callable<Generation>>mapToObj(i -> () -> catalogue.open(FIRST))
            .toList();

    try (var threads = Executors.newFixedThreadPool(4)) {
      for (var opened : threads.invokeAll(openings)) {
        assertThat(opened.get().number()).isEqualTo(1);
      }
    }

    assertThat(catalogue.all()).hasSize(1);
  }

  @Test
  void search_pipelines_may_be_written_again() {
    var pipelines = new SearchPipelines(connection, settings);

    pipelines.ensure();
    pipelines.ensure();

    JsonNode weighted =
        connection.calls().get("/_search/pipeline/" + settings.names().weightedPipeline());
    JsonNode weights = weighted.findPath("weights");
    assertThat(weights.get(0).asDouble()).isEqualTo(0.7); // BM25 first
    assertThat(weights.get(1).asDouble()).isCloseTo(0.3, within(1e-9));
    JsonNode rrf = connection.calls().get("/_search/pipeline/" + settings.names().rrfPipeline());
    assertThat(rrf.findPath("rank_constant").asInt()).isEqualTo(60);
    connection.calls().delete("/_search/pipeline/" + settings.names().weightedPipeline());
    connection.calls().delete("/_search/pipeline/" + settings.names().rrfPipeline());
  }

  private List<String> aliases(String alias) {
    JsonNode found = connection.calls().get("/_alias/" + alias);
    return IntStream.range(0, found.size())
        .mapToObj(i -> found.properties().stream().toList().get(i).getKey())
        .toList();
  }
}
