package dev.millrace.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.millrace.contracts.avro.ChunkedDocument;
import dev.millrace.contracts.avro.IndexOutcome;
import dev.millrace.contracts.avro.Indexed;
import dev.millrace.index.ChunkEntry;
import dev.millrace.index.Manifest;
import dev.millrace.models.embedding.EmbeddingModel;
import dev.millrace.models.embedding.HashedEmbedding;
import dev.millrace.runtime.DeadLetter;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@WithServers
class EmbedStageTest {

  private Installation installation;

  @BeforeEach
  void install(Servers servers) {
    installation = new Installation(servers, Map.of());
  }

  @AfterEach
  void remove() throws IOException {
    installation.close();
  }

  @Test
  void a_document_is_indexed_with_its_manifest_and_reported() throws IOException {
    ChunkedDocument document = Documents.indexed("d1", 7, "First words.", "Second words.");
    installation.start();

    installation.push(document);

    Indexed report = installation.reported("d1", 7);
    assertThat(report.getOutcome()).isEqualTo(IndexOutcome.INDEXED);
    assertThat(report.getChunks()).isEqualTo(2);
    assertThat(report.getEmbedded()).isEqualTo(2);
    assertThat(report.getReused()).isZero();
    assertThat(installation.state()).isEqualTo(Installation.stateOf(document));
    Manifest manifest = installation.manifest("d1");
    assertThat(manifest.text()).isEqualTo(document.getText());
    assertThat(manifest.acl()).containsExactly("*");
    assertThat(manifest.metadata()).containsEntry("a.b", "c").containsEntry("team", "search");
    assertThat(manifest.chunks())
        .extracting(c -> manifest.text().substring(c.start(), c.end()))
        .containsExactly("First words.", "Second words.");
  }

  @Test
  void chunks_are_found_by_words_of_both_scripts_by_vector_and_by_metadata() throws IOException {
    installation.start();
    installation.push(
        Documents.indexed("en", 1, "The brokers replicated every partition."),
        Documents.indexed("ja", 2, "東京都の天気予報は晴れです"),
        Documents.indexed("fr", 3, "Un café à Zürich"));
    installation.reported("fr", 3);
    installation.reported("ja", 2);
    installation.reported("en", 1);
    installation.index().refresh();

    assertThat(matching("replicate partitions broker")).containsExactly("en");
    assertThat(matching("天気予報")).containsExactly("ja");
    assertThat(matching("晴")).containsExactly("ja");
    assertThat(matching("cafe zurich")).containsExactly("fr");
    float[] query =
        new HashedEmbedding()
            .embed(List.of("replication of a partition"), EmbeddingModel.Role.QUERY)
            .getFirst();
    var nearest =
        installation
            .opensearch
            .client()
            .search(
                s ->
                    s.index(installation.indexSettings.names().chunks())
                        .query(q -> q.knn(k -> k.field("vector").vector(floats(query)).k(1)))
                        .size(1),
                ChunkEntry.class);
    assertThat(nearest.hits().hits().getFirst().source().documentId()).isEqualTo("en");
    assertThat(term("metadata.team", "search")).hasSize(3);
    assertThat(term("acl", "*")).hasSize(3);
  }

  @Test
  void principals_stand_with_every_chunk() throws IOException {
    installation.start();

    installation.push(Documents.indexed("secret", 4, List.of("group:a", "user:b"), "One.", "Two."));

    installation.reported("secret", 4);
    installation.index().refresh();
    assertThat(term("acl", "group:a")).hasSize(2);
    assertThat(term("acl", "user:b")).hasSize(2);
    assertThat(term("acl", "*")).isEmpty();
  }

  @Test
  void odd_metadata_and_a_long_id_are_no_reason_to_refuse() throws IOException {
    String id = "長い".repeat(500);
    ChunkedDocument document = Documents.indexed(id, 6, "Words.");
    Map<String, String> metadata = new TreeMap<>();
    metadata.put("", "nameless");
    metadata.put(".", "dot");
    metadata.put("a..b.", "dots");
    metadata.put("x", "leaf");
    metadata.put("x.y", "below a leaf");
    metadata.put("long", "\ud83d\ude00".repeat(50_000));
    document.setMetadata(metadata);
    installation.start();

    installation.push(document);

    assertThat(installation.reported(id, 6).getOutcome()).isEqualTo(IndexOutcome.INDEXED);
    assertThat(installation.state()).isEqualTo(Installation.stateOf(document));
    assertThat(installation.manifest(id).metadata()).isEqualTo(metadata);
    assertThat(term("metadata.x.y", "below a leaf")).hasSize(1);
  }

  @Test
  void one_changed_sentence_of_a_hundred_chunks_embeds_one() throws IOException {
    String[] paragraphs =
        IntStream.range(0, 100).mapToObj(i -> "Paragraph number " + i).toArray(String[]::new);
    installation.start();
    installation.push(Documents.indexed("long", 10, paragraphs));
    installation.reported("long", 10);
    ChunkEntry before = chunk("long", 60);
    paragraphs[42] = "Another sentence stands here.";
    ChunkedDocument changed = Documents.indexed("long", 11, paragraphs);

    installation.push(changed);

    Indexed report = installation.reported("long", 11);
    assertThat(report.getEmbedded()).isEqualTo(1);
    assertThat(report.getReused()).isEqualTo(99);
    assertThat(report.getRemoved()).isEqualTo(1);
    assertThat(installation.state()).isEqualTo(Installation.stateOf(changed));
    ChunkEntry after = chunk("long", 60);
    assertThat(after.revision()).isEqualTo(11);
    assertThat(after.vector()).containsExactly(before.vector(), within(1e-6f));
  }

  @Test
  void a_deleted_document_keeps_a_tombstone() throws IOException {
    installation.start();
    installation.push(Documents.indexed("gone", 3, "Here today."));
    installation.reported("gone", 3);

    installation.push(Documents.deleted("gone", 5));

    assertThat(installation.reported("gone", 5).getOutcome()).isEqualTo(IndexOutcome.DELETED);
    assertThat(installation.state()).isEmpty();
    assertThat(installation.manifest("gone").outcome()).isEqualTo(Manifest.Outcome.DELETED);

    installation.push(Documents.indexed("gone", 4, "A late write."));

    assertThat(installation.reported("gone", 4).getOutcome()).isEqualTo(IndexOutcome.SUPERSEDED);
    assertThat(installation.state()).isEmpty();
  }

  @Test
  void a_rejected_document_is_a_fact_and_loses_its_chunks() throws IOException {
    installation.start();
    installation.push(Documents.indexed("r", 1, "Readable."));
    installation.reported("r", 1);

    installation.push(Documents.rejected("r", 2, "encrypted"));

    Indexed report = installation.reported("r", 2);
    assertThat(report.getOutcome()).isEqualTo(IndexOutcome.REJECTED);
    assertThat(report.getReason()).isEqualTo("encrypted");
    assertThat(report.getRemoved()).isEqualTo(1);
    assertThat(installation.state()).isEmpty();
    assertThat(installation.manifest("r").reason()).isEqualTo("encrypted");
  }

  @Test
  void of_two_revisions_in_one_batch_the_newest_stands_and_both_are_reported() throws IOException {
    ChunkedDocument newest = Documents.indexed("twice", 21, "Same.", "New.");
    installation.push(Documents.indexed("twice", 20, "Same.", "Old."), newest);

    installation.start();

    assertThat(installation.reported("twice", 21).getOutcome()).isEqualTo(IndexOutcome.INDEXED);
    assertThat(installation.reported("twice", 20).getOutcome()).isEqualTo(IndexOutcome.SUPERSEDED);
    assertThat(installation.state()).isEqualTo(Installation.stateOf(newest));
  }

  @Test
  void the_same_text_twice_in_one_document_stands_twice() throws IOException {
    installation.start();

    installation.push(Documents.indexed("echo", 1, "Again.", "Again."));

    Indexed report = installation.reported("echo", 1);
    assertThat(report.getChunks()).isEqualTo(2);
    installation.index().refresh();
    assertThat(term("documentId", "echo")).hasSize(2);
  }

  @Test
  void bad_records_go_to_the_dead_letters_and_the_stream_goes_on() throws IOException {
    installation.start();
    ChunkedDocument outside = Documents.indexed("outside", 2, "Short.");
    outside.getChunks().getFirst().setEnd(1000);
    String longest = "p".repeat(40_000);
    ChunkedDocument refused = Documents.indexed("refused", 3, List.of(longest), "Fine.", "Words.");
    ChunkedDocument good = Documents.indexed("good", 4, "Still here.");

    installation.push("garbage", "not avro".getBytes(StandardCharsets.UTF_8));
    installation.push("null", null);
    installation.push(outside, refused, good);

    assertThat(installation.reported("good", 4).getOutcome()).isEqualTo(IndexOutcome.INDEXED);
    Indexed rejected = installation.reported("refused", 3);
    assertThat(rejected.getOutcome()).isEqualTo(IndexOutcome.REJECTED);
    assertThat(rejected.getReason()).isEqualTo("index-refused");
    assertThat(installation.manifest("refused").outcome()).isEqualTo(Manifest.Outcome.REJECTED);
    assertThat(installation.reported("outside", 2).getReason()).isEqualTo("bad-chunk-range");
    assertThat(installation.state()).isEqualTo(Installation.stateOf(good));
    await()
        .atMost(Installation.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(installation.deadLetters())
                    .extracting(
                        r ->
                            new String(
                                r.headers().lastHeader(DeadLetter.REASON).value(),
                                StandardCharsets.UTF_8))
                    .containsExactlyInAnyOrder(
                        "not-wire-format", "no-value", "bad-chunk-range", "index-refused"));
  }

  private ChunkEntry chunk(String documentId, int ordinal) throws IOException {
    installation.index().refresh();
    return installation
        .opensearch
        .client()
        .search(
            s ->
                s.index(installation.indexSettings.names().chunks())
                    .query(
                        q ->
                            q.bool(
                                b ->
                                    b.filter(
                                            f ->
                                                f.term(
                                                    t ->
                                                        t.field("documentId")
                                                            .value(v -> v.stringValue(documentId))))
                                        .filter(
                                            f ->
                                                f.term(
                                                    t ->
                                                        t.field("ordinal")
                                                            .value(v -> v.longValue(ordinal)))))),
            ChunkEntry.class)
        .hits()
        .hits()
        .getFirst()
        .source();
  }

  private List<String> matching(String words) throws IOException {
    return installation
        .opensearch
        .client()
        .search(
            s ->
                s.index(installation.indexSettings.names().chunks())
                    .query(q -> q.match(m -> m.field("text").query(v -> v.stringValue(words)))),
            ChunkEntry.class)
        .hits()
        .hits()
        .stream()
        .map(hit -> hit.source().documentId())
        .toList();
  }

  private List<String> term(String field, String value) throws IOException {
    return installation
        .opensearch
        .client()
        .search(
            s ->
                s.index(installation.indexSettings.names().chunks())
                    .query(q -> q.term(t -> t.field(field).value(v -> v.stringValue(value)))),
            ChunkEntry.class)
        .hits()
        .hits()
        .stream()
        .map(hit -> hit.id())
        .toList();
  }

  private static List<Float> floats(float[] vector) {
    return IntStream.range(0, vector.length).mapToObj(i -> vector[i]).toList();
  }
}
