package dev.millrace.embed;

import dev.millrace.contracts.avro.Chunk;
import dev.millrace.contracts.avro.ChunkedDocument;
import dev.millrace.contracts.avro.IndexOutcome;
import dev.millrace.contracts.avro.Indexed;
import dev.millrace.index.Acl;
import dev.millrace.index.ChunkEntry;
import dev.millrace.index.Manifest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Turns a revision into the entries of the index and into the report of what became of it. */
final class Entries {

  private static final int LONGEST_METADATA = 8_000;

  private Entries() {}

  /** The entry of the chunk with this ordinal. */
  static ChunkEntry chunk(Revision revision, int ordinal, float[] vector, long now) {
    ChunkedDocument document = revision.document();
    Chunk chunk = revision.chunks().get(ordinal);
    return new ChunkEntry(
        revision.documentId(),
        revision.number(),
        ordinal,
        chunk.getStart(),
        chunk.getEnd(),
        chunk.getParentStart(),
        chunk.getParentEnd(),
        chunk.getHash(),
        document.getTitle(),
        chunk.getHeadings(),
        revision.text(chunk),
        vector,
        Acl.stored(document.getAcl()),
        searchable(document.getMetadata()),
        document.getUri(),
        document.getLanguage(),
        document.getContentType(),
        document.getSentAt(),
        now);
  }

  static Manifest manifest(Revision revision, int embedded, int reused, int removed, long now) {
    ChunkedDocument document = revision.document();
    boolean indexed = revision.outcome() == Manifest.Outcome.INDEXED;
    List<Manifest.ChunkRef> chunks = new ArrayList<>();
    for (int i = 0; i < revision.chunks().size(); i++) {
      Chunk chunk = revision.chunks().get(i);
      chunks.add(new Manifest.ChunkRef(chunk.getHash(), chunk.getStart(), chunk.getEnd(), i));
    }
    return new Manifest(
        revision.documentId(),
        revision.number(),
        revision.outcome(),
        document.getReason(),
        document.getDetail(),
        document.getTitle(),
        document.getUri(),
        document.getContentType(),
        document.getLanguage(),
        document.getMetadata(),
        Acl.stored(document.getAcl()),
        indexed ? document.getText() : "",
        chunks,
        embedded,
        reused,
        removed,
        document.getSentAt(),
        document.getProcessedAt(),
        now);
  }

  /** The manifest of a revision that this stage had to refuse: only what cannot be at fault. */
  static Manifest refused(Revision revision, String reason, String detail, int removed, long now) {
    ChunkedDocument document = revision.document();
    return new Manifest(
        revision.documentId(),
        revision.number(),
        Manifest.Outcome.REJECTED,
        reason,
        detail,
        null,
        null,
        null,
        null,
        Map.of(),
        Acl.stored(document.getAcl()),
        "",
        List.of(),
        0,
        0,
        removed,
        document.getSentAt(),
        document.getProcessedAt(),
        now);
  }

  /** The report of a revision whose manifest this is. */
  static Indexed report(Manifest manifest, String index) {
    return Indexed.newBuilder()
        .setDocumentId(manifest.documentId())
        .setRevision(manifest.revision())
        .setOutcome(IndexOutcome.valueOf(manifest.outcome().name()))
        .setReason(manifest.reason())
        .setDetail(manifest.detail())
        .setChunks(manifest.chunks().size())
        .setEmbedded(manifest.embedded())
        .setReused(manifest.reused())
        .setRemoved(manifest.removed())
        .setIndex(index)
        .setSentAt(manifest.sentAt())
        .setProcessedAt(manifest.processedAt())
        .setIndexedAt(manifest.indexedAt())
        .build();
  }

  /** The report of a revision that a later one overtook. */
  static Indexed superseded(Revision revision, long by, String index, long now) {
    return Indexed.newBuilder()
        .setDocumentId(revision.documentId())
        .setRevision(revision.number())
        .setOutcome(IndexOutcome.SUPERSEDED)
        .setDetail("revision " + by + " is newer")
        .setIndex(index)
        .setSentAt(revision.document().getSentAt())
        .setProcessedAt(revision.document().getProcessedAt())
        .setIndexedAt(now)
        .build();
  }

  /**
   * Metadata as it can be searched: names that the index would read as empty path elements are
   * mended, values are cut where a keyword would be too long. The manifest has them as they came.
   */
  private static Map<String, String> searchable(Map<String, String> metadata) {
    Map<String, String> result = new TreeMap<>();
    metadata.forEach(
        (name, value) -> {
          String path = name.strip();
          if (path.startsWith(".") || path.endsWith(".") || path.contains("..")) {
            path = path.replace('.', '_');
          }
          if (!path.isEmpty()) {
            result.put(path, cut(value));
          }
        });
    return result;
  }

  private static String cut(String value) {
    if (value.length() <= LONGEST_METADATA) {
      return value;
    }
    boolean pair = Character.isHighSurrogate(value.charAt(LONGEST_METADATA - 1));
    return value.substring(0, pair ? LONGEST_METADATA - 1 : LONGEST_METADATA);
  }
}
