package dev.millrace.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contracts.avro.ChunkedDocument;
import dev.millrace.contracts.avro.IndexOutcome;
import dev.millrace.index.BulkLimits;
import dev.millrace.index.BulkWrite;
import dev.millrace.index.ChunkIndex;
import dev.millrace.index.IndexCatalogue;
import dev.millrace.index.IndexIdentity;
import dev.millrace.index.LogIdentity;
import dev.millrace.index.Manifest;
import dev.millrace.models.embedding.EmbeddingModel;
import dev.millrace.models.embedding.HashedEmbedding;
import dev.millrace.models.embedding.TokenCounter;
import dev.millrace.runtime.DeadLetters;
import dev.millrace.runtime.Delivery;
import dev.millrace.runtime.RetriableException;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two workers believe that a document is theirs, or one died between its two writes. */
@WithServers
class LateWriterTest {

  private static final Standing NOTHING = new Standing(Map.of(), Map.of());

  private Installation installation;
  private ChunkIndex index;
  private RevisionWriter writer;

  @BeforeEach
  void install(Servers servers) throws IOException {
    installation = new Installation(servers, Map.of());
    var generation =
        new IndexCatalogue(installation.opensearch, installation.indexSettings)
            .open(IndexIdentity.of("builtin-hashed-v1", 384, new LogIdentity("c", "t", "i", 1)));
    index = new ChunkIndex(installation.opensearch, generation, new BulkLimits(3, 1 << 20));
    var meters = new EmbedMeters(new SimpleMeterRegistry());
    writer = new RevisionWriter(index, new Vectors(new HashedEmbedding(), 8, meters), meters);
    // Deletes are forgotten at once, as they are after a minute otherwise.
    installation
        .opensearch
        .client()
        .indices()
        .putSettings(
            s ->
                s.index(generation.chunks())
                    .settings(
                        x ->
                            x.customSettings(
                                "index.gc_deletes", org.opensearch.client.json.JsonData.of("0s"))));
  }

  @AfterEach
  void remove() throws IOException {
    installation.close();
  }

  @Test
  void a_late_write_does_not_raise_a_deleted_document() throws IOException {
    write(Documents.indexed("d", 1, "Old."), NOTHING);
    write(Documents.deleted("d", 5), standing("d"));
    index.refresh();

    RevisionWriter.Result late = write(Documents.indexed("d", 4, "Old.", "Late."), NOTHING);

    assertThat(late.report().getOutcome()).isEqualTo(IndexOutcome.SUPERSEDED);
    assertThat(installation.state()).isEmpty();
    assertThat(installation.manifest("d").outcome()).isEqualTo(Manifest.Outcome.DELETED);
  }

  @Test
  void a_late_write_takes_nothing_from_a_later_revision() throws IOException {
    write(Documents.indexed("d", 1, "Shared.", "Old."), NOTHING);
    Standing seenByLate = standing("d");
    ChunkedDocument later = Documents.indexed("d", 5, "Shared.", "New.");
    write(later, standing("d"));

    RevisionWriter.Result late =
        write(Documents.indexed("d", 4, "Shared.", "Between."), seenByLate);

    assertThat(late.report().getOutcome()).isEqualTo(IndexOutcome.SUPERSEDED);
    assertThat(installation.state()).isEqualTo(Installation.stateOf(later));
  }

  @Test
  void the_same_revision_written_by_two_workers_stands_once() throws IOException {
    ChunkedDocument document = Documents.indexed("d", 1, "One.", "Two.");

    RevisionWriter.Result first = write(document, NOTHING);
    RevisionWriter.Result second = write(document, NOTHING);

    assertThat(second.report()).isEqualTo(first.report());
    assertThat(installation.state()).isEqualTo(Installation.stateOf(document));
  }

  @Test
  void chunks_without_a_manifest_go_with_the_next_revision() throws IOException {
    ChunkedDocument died = Documents.indexed("d", 2, "Shared.", "Of the dead.");
    Revision half = revision(died);
    float[] vector = new float[384];
    vector[0] = 1;
    index.write(
        List.of(
            new BulkWrite.PutChunk(half.chunkIds().get(0), Entries.chunk(half, 0, vector, 1)),
            new BulkWrite.PutChunk(half.chunkIds().get(1), Entries.chunk(half, 1, vector, 1))));
    index.refresh();
    ChunkedDocument next = Documents.indexed("d", 3, "Shared.", "Alive.");

    write(next, standing("d"));

    assertThat(installation.state()).isEqualTo(Installation.stateOf(next));
  }

  @Test
  void a_batch_that_is_cut_off_by_closing_blames_no_record() {
    var meters = new EmbedMeters(new SimpleMeterRegistry());
    var interrupted = new InterruptedEmbedding();
    var cutOff = new RevisionWriter(index, new Vectors(interrupted, 8, meters), meters);
    try (var reports = new Reports(installation.context, "test-reports");
        var letters =
            new DeadLetters(
                installation.context.kafka(),
                installation.context.topics().deadLetters(),
                "test-letters",
                installation.context.meters())) {
      var handler = new BatchHandler(index, cutOff, reports, letters, meters, 100);
      var batch = List.of(revision(Documents.indexed("d", 1, "Words.")).delivery());

      assertThatThrownBy(() -> handler.handle(batch)).isInstanceOf(RetriableException.class);
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(installation.deadLetters()).isEmpty();
    assertThat(installation.reports()).isEmpty();
  }

  /** Fails as native code does whose thread is interrupted while the stage closes. */
  private static final class InterruptedEmbedding implements EmbeddingModel {
    @Override
    public String id() {
      return "builtin-hashed-v1";
    }

    @Override
    public int dimension() {
      return 384;
    }

    @Override
    public TokenCounter tokens() {
      return String::length;
    }

    @Override
    public List<float[]> embed(List<String> texts, Role role) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("cut off");
    }

    @Override
    public void close() {
      // nothing is held
    }
  }

  private RevisionWriter.Result write(ChunkedDocument document, Standing standing) {
    return writer.write(List.of(revision(document)), Map.of(), standing).getFirst();
  }

  private Standing standing(String documentId) {
    return Standing.read(index, Set.of(documentId));
  }

  private static Revision revision(ChunkedDocument document) {
    return Revision.of(
        new Delivery<>(new ConsumerRecord<>("chunks", 0, 0, new byte[0], new byte[0]), document));
  }
}
