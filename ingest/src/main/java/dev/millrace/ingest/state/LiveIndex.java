package dev.millrace.ingest.state;

import dev.millrace.index.BulkLimits;
import dev.millrace.index.ChunkIndex;
import dev.millrace.index.Generation;
import dev.millrace.index.IndexCatalogue;
import dev.millrace.index.IndexSettings;
import dev.millrace.index.Manifest;
import dev.millrace.index.OpenSearchConnection;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The generation of the index that readers see; asked for anew every few seconds. */
public final class LiveIndex implements Manifests {

  private static final long FRESH_NANOS = Duration.ofSeconds(2).toNanos();

  private static final BulkLimits NO_WRITES = new BulkLimits(1, 1);

  private record Seen(Optional<ChunkIndex> index, long at) {}

  private final OpenSearchConnection connection;
  private final IndexCatalogue catalogue;
  private volatile Seen seen;

  /**
   * @param connection stays its owner's to close
   */
  public LiveIndex(OpenSearchConnection connection, IndexSettings settings) {
    this.connection = connection;
    this.catalogue = new IndexCatalogue(connection, settings);
  }

  @Override
  public Optional<Manifest> find(String documentId) {
    return index()
        .flatMap(
            index -> Optional.ofNullable(index.manifests(List.of(documentId)).get(documentId)));
  }

  /** The live generation; empty before the first document came. */
  public Optional<Generation> generation() {
    return index().map(ChunkIndex::generation);
  }

  private Optional<ChunkIndex> index() {
    Seen known = seen;
    boolean fresh =
        known != null && known.index().isPresent() && System.nanoTime() - known.at() < FRESH_NANOS;
    if (!fresh) {
      known =
          new Seen(
              catalogue.live().map(live -> new ChunkIndex(connection, live, NO_WRITES)),
              System.nanoTime());
      seen = known;
    }
    return known.index();
  }
}
