package dev.millrace.index;

/**
 * One entry to write, at the version of its revision: a write of an earlier revision never replaces
 * a later one, and the same write twice is the same as once.
 */
public sealed interface BulkWrite {

  /** Id of the entry. */
  String id();

  long revision();

  /** Writes a chunk. */
  record PutChunk(String id, ChunkEntry entry) implements BulkWrite {
    @Override
    public long revision() {
      return entry.revision();
    }
  }

  /** Deletes a chunk that {@code revision} no longer has. */
  record DeleteChunk(String id, long revision) implements BulkWrite {}

  /** Writes a manifest. */
  record PutManifest(Manifest manifest) implements BulkWrite {
    @Override
    public String id() {
      return EntryIds.manifest(manifest.documentId());
    }

    @Override
    public long revision() {
      return manifest.revision();
    }
  }
}
