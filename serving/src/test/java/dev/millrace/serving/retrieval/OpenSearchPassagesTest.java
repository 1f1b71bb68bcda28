package dev.millrace.serving.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.devstack.RunningServer;
import dev.millrace.devstack.ServerKind;
import dev.millrace.index.Acl;
import dev.millrace.index.BulkLimits;
import dev.millrace.index.BulkWrite;
import dev.millrace.index.ChunkEntry;
import dev.millrace.index.ChunkIndex;
import dev.millrace.index.EntryIds;
import dev.millrace.index.IndexCatalogue;
import dev.millrace.index.IndexIdentity;
import dev.millrace.index.IndexSettings;
import dev.millrace.index.LogIdentity;
import dev.millrace.index.Manifest;
import dev.millrace.index.OpenSearchConnection;
import dev.millrace.index.OpenSearchSettings;
import dev.millrace.models.embedding.EmbeddingModel;
import dev.millrace.models.embedding.HashedEmbedding;
import dev.millrace.runtime.Settings;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.Serving;
import dev.millrace.serving.access.Caller;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@WithServers(ServerKind.OPENSEARCH)
class OpenSearchPassagesTest {

  private final EmbeddingModel model = new HashedEmbedding();
  private OpenSearchConnection connection;
  private IndexSettings indices;
  private Serving serving;
  private ChunkIndex chunks;

  @BeforeEach
  void start(Servers servers) {
    String prefix = servers.uniquePrefix();
    String address = servers.endpoints().openSearch().toString();
    connection = OpenSearchConnection.open(OpenSearchSettings.of(servers.endpoints().openSearch()));
    indices = IndexSettings.of(prefix);
    serving =
        Serving.of(
            Settings.of(
                Map.of(
                    "millrace.opensearch.urls", address,
                    "millrace.opensearch.prefix", prefix,
                    "millrace.opensearch.timeout", "5s")));
    serving.start();
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> serving.health().isReady());
  }

  @AfterEach
  void stop() {
    serving.close();
    connection.close();
  }

  @ParameterizedTest
  @EnumSource(SearchMode.class)
  void nothing_is_found_before_anything_was_indexed(SearchMode mode) {
    assertThat(search("anything", mode, 5, false, Caller.ANONYMOUS)).isEmpty();
    assertThat(serving.index().documents(List.of("none"))).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(SearchMode.class)
  void best_passage_comes_first_with_its_place(SearchMode mode) {
    put("groups", 4, Map.of(), List.of(), "A consumer group shares work.", "It has a coordinator.");
    put("bread", 5, Map.of(), List.of(), "Bake the bread for an hour.");
    Passage best = search("consumer groups", mode, 3, false, Caller.ANONYMOUS).get(0);
    assertThat(best.documentId()).isEqualTo("groups");
    assertThat(best.text()).isEqualTo("A consumer group shares work.");
    CleanedDocument document = serving.index().documents(List.of("groups", "none")).get("groups");
    assertThat(document.revision()).isEqualTo(best.revision()).isEqualTo(4);
    assertThat(document.text().substring(best.start(), best.end())).isEqualTo(best.text());
  }

  @ParameterizedTest
  @EnumSource(SearchMode.class)
  void one_passage_a_document_leaves_room_for_the_others(SearchMode mode) {
    for (int d = 0; d < 30; d++) {
      put(
          "doc" + d,
          d,
          Map.of(),
          List.of(),
          "Kafka keeps a log number " + d,
          "The log of Kafka is kept again",
          "Kafka, log and more");
    }
    List<Passage> found = search("kafka log", mode, 30, true, Caller.ANONYMOUS);
    assertThat(found).hasSize(30).extracting(Passage::documentId).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @EnumSource(SearchMode.class)
  void filters_hold_in_every_mode(SearchMode mode) {
    put("old", 1, Map.of("year", "2020"), List.of(), "Report on brokers.");
    put("new", 2, Map.of("year", "2026"), List.of(), "Report on brokers.");
    SearchRequest request =
        new SearchRequest("brokers", mode, 5, Map.of("year", "2026"), false, Caller.ANONYMOUS);
    assertThat(serving.retrieval().run(request).passages())
        .extracting(Passage::documentId)
        .containsExactly("new");
  }

  @Test
  void no_mode_ever_shows_a_hidden_passage() {
    Random random = new Random(7);
    List<String> groups = List.of("a", "b", "c", "*x");
    Map<String, Set<String>> acls = new HashMap<>();
    for (int d = 0; d < 40; d++) {
      Set<String> acl = some(groups, random);
      acls.put("doc" + d, acl);
      put("doc" + d, d, Map.of(), List.copyOf(acl), "The report on brokers, number " + d + ".");
    }
    for (int round = 0; round < 24; round++) {
      Set<String> principals = some(groups, random);
      principals.add("*");
      Caller caller = new Caller("test", principals);
      SearchMode mode = SearchMode.values()[round % SearchMode.values().length];
      List<String> visible =
          acls.entrySet().stream()
              .filter(
                  e ->
                      e.getValue().isEmpty()
                          || e.getValue().stream().anyMatch(principals::contains))
              .map(Map.Entry::getKey)
              .toList();
      assertThat(search("report on brokers", mode, 100, round % 2 == 0, caller))
          .extracting(Passage::documentId)
          .as(mode + " " + principals)
          .containsExactlyInAnyOrderElementsOf(visible);
    }
  }

  @Test
  void deleted_document_is_not_current() {
    put("gone", 1, Map.of(), List.of(), "Words.");
    chunks.write(
        List.of(
            new BulkWrite.PutManifest(
                manifest(
                    "gone", 2, Manifest.Outcome.DELETED, Map.of(), List.of(), "", List.of()))));
    assertThat(serving.index().documents(List.of("gone"))).isEmpty();
  }

  @Test
  void server_away_is_refused_with_503_and_found_again_by_itself(Servers servers) throws Exception {
    put("groups", 4, Map.of(), List.of(), "A consumer group shares work.");
    RunningServer server = servers.own(ServerKind.OPENSEARCH);
    server.kill();
    try {
      assertThatThrownBy(() -> search("group", SearchMode.HYBRID, 3, false, Caller.ANONYMOUS))
          .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.status()).isEqualTo(503));
      Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> !serving.health().isReady());
    } finally {
      server.start(Duration.ofSeconds(60));
    }
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> serving.health().isReady());
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptionsInstanceOf(Refusal.class)
        .until(() -> !search("group", SearchMode.HYBRID, 3, false, Caller.ANONYMOUS).isEmpty());
  }

  private List<Passage> search(
      String text, SearchMode mode, int limit, boolean perDocument, Caller caller) {
    return serving
        .retrieval()
        .run(new SearchRequest(text, mode, limit, Map.of(), perDocument, caller))
        .passages();
  }

  private void put(
      String id, long revision, Map<String, String> metadata, List<String> acl, String... texts) {
    if (chunks == null) {
      var identity =
          IndexIdentity.of(model.id(), model.dimension(), new LogIdentity("c", "t", "i", 1));
      var generation = new IndexCatalogue(connection, indices).open(identity);
      chunks = new ChunkIndex(connection, generation, new BulkLimits(100, 1 << 20));
    }
    String whole = String.join("\n\n", texts);
    List<BulkWrite> writes = new ArrayList<>();
    List<Manifest.ChunkRef> refs = new ArrayList<>();
    List<float[]> vectors = model.embed(List.of(texts), EmbeddingModel.Role.PASSAGE);
    int start = 0;
    for (int i = 0; i < texts.length; i++) {
      int end = start + texts[i].length();
      refs.add(new Manifest.ChunkRef("h" + i, start, end, i));
      writes.add(
          new BulkWrite.PutChunk(
              EntryIds.firstChunk(id, "h" + i),
              new ChunkEntry(
                  id,
                  revision,
                  i,
                  start,
                  end,
                  0,
                  whole.length(),
                  "h" + i,
                  "Title",
                  List.of(),
                  texts[i],
                  vectors.get(i),
                  Acl.stored(acl),
                  metadata,
                  null,
                  "en",
                  "text/plain",
                  1,
                  1)));
      start = end + 2;
    }
    writes.add(
        new BulkWrite.PutManifest(
            manifest(id, revision, Manifest.Outcome.INDEXED, metadata, acl, whole, refs)));
    chunks.write(writes);
    chunks.refresh();
  }

  private static Manifest manifest(
      String id,
      long revision,
      Manifest.Outcome outcome,
      Map<String, String> metadata,
      List<String> acl,
      String text,
      List<Manifest.ChunkRef> refs) {
    return new Manifest(
        id,
        revision,
        outcome,
        null,
        null,
        "Title",
        null,
        "text/plain",
        "en",
        metadata,
        Acl.stored(acl),
        text,
        refs,
        refs.size(),
        0,
        0,
        1,
        1,
        1);
  }

  private static Set<String> some(List<String> groups, Random random) {
    Set<String> chosen = new TreeSet<>();
    groups.stream().filter(g -> random.nextInt(3) == 0).forEach(chosen::add);
    return chosen;
  }
}
