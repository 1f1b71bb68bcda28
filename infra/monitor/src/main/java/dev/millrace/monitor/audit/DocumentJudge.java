package dev.millrace.monitor.audit;

import dev.millrace.contracts.avro.ChunkOutcome;
import dev.millrace.contracts.avro.IndexOutcome;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntUnaryOperator;

/**
 * Decides what became of each document. A stage works through a partition in order, so a record
 * that it has left behind without a result is lost, and one before it is in flight.
 */
final class DocumentJudge {

  private final DocumentTable documents;
  private final Reasons reasons;
  private final Problems problems;
  private final Map<Integer, Long> end;

  /** By partition: how far each stage has come, as its results show. */
  private final Map<Integer, Long> preprocessed = new HashMap<>();

  private final Map<Integer, Long> reported = new HashMap<>();

  private final TreeMap<String, Long> rejected = new TreeMap<>();
  private long received;
  private long indexed;
  private long deleted;
  private long awaitingPreprocess;
  private long awaitingEmbed;
  private long remembered;

  /**
   * @param end by partition of {@code documents}: the first offset that was not read
   */
  DocumentJudge(
      DocumentTable documents, Reasons reasons, Problems problems, Map<Integer, Long> end) {
    this.documents = documents;
    this.reasons = reasons;
    this.problems = problems;
    this.end = end;
  }

  /** Looks at all documents; {@link Problems} has what is wrong. */
  DocumentJudge judge() {
    documents.forEach(this::progress);
    documents.forEach(
        row -> {
          if (isKnown(row)) {
            received++;
            row(row);
          }
        });
    return this;
  }

  /** A dead letter alone makes no document: it may be older than the document's last trace. */
  private boolean isKnown(int row) {
    return documents.documentRevision(row) >= 0
        || documents.hasChunks(row)
        || documents.indexedRevision(row) >= 0;
  }

  DocumentReport report() {
    return new DocumentReport(
        !end.isEmpty(),
        received,
        indexed,
        rejected,
        deleted,
        awaitingPreprocess,
        awaitingEmbed,
        remembered,
        problems.findings());
  }

  private void progress(int row) {
    if (documents.documentRevision(row) >= 0 && documents.hasChunks(row)) {
      int partition = documents.documentPartition(row);
      long revision = documents.chunksRevision(row);
      if (revision < end.getOrDefault(partition, 0L)) {
        preprocessed.merge(partition, revision, Math::max);
      }
    }
    if (documents.hasChunks(row)
        && (documents.isLetter(row)
            || documents.indexedRevision(row) == documents.chunksRevision(row))) {
      reported.merge(documents.chunksPartition(row), documents.chunksOffset(row), Math::max);
    }
  }

  private void row(int row) {
    long revision = documents.documentRevision(row);
    boolean unread = documents.hasChunks(row) && documents.chunksOutcome(row) == null;
    if (revision < 0) {
      withoutDocument(row);
    } else if (documents.hasBadKey(row)) {
      if (isPreprocessed(row)) {
        reject("bad-key");
      } else {
        awaitingPreprocess++;
      }
    } else if (unread) {
      unreadable(row);
    } else if (documents.chunksRevision(row) < revision) {
      if (isPreprocessed(row)) {
        wrong(
            "lost-before-chunks",
            row,
            "revision %d was passed over: chunks has %s"
                .formatted(revision, revisionName(documents.chunksRevision(row))));
      } else {
        awaitingPreprocess++;
      }
    } else if (documents.chunksRevision(row) > revision
        && documents.chunksRevision(row) < end.getOrDefault(documents.documentPartition(row), 0L)) {
      wrong(
          "revision-from-nowhere",
          row,
          "chunks has revision %d, but the newest in documents is %d"
              .formatted(documents.chunksRevision(row), revision));
    } else if (documents.chunksRevision(row) == revision
        && documents.isDeletion(row) != (documents.chunksOutcome(row) == ChunkOutcome.DELETED)
        && documents.chunksOutcome(row) != ChunkOutcome.REJECTED) {
      wrong(
          "outcome-differs",
          row,
          "revision %d %s, but chunks says %s"
              .formatted(
                  revision,
                  documents.isDeletion(row) ? "deletes it" : "is a document",
                  documents.chunksOutcome(row)));
    } else {
      chunked(row);
    }
  }

  private boolean isPreprocessed(int row) {
    return documents.documentRevision(row)
        <= preprocessed.getOrDefault(documents.documentPartition(row), -1L);
  }

  private boolean isReported(int row) {
    return documents.chunksOffset(row)
        <= reported.getOrDefault(documents.chunksPartition(row), -1L);
  }

  /** What deletes a document is itself removed from {@code documents} after a day. */
  private void withoutDocument(int row) {
    if (!documents.hasChunks(row)) {
      wrong("no-chunks", row, "reported in indexed, but neither documents nor chunks know it");
    } else if (documents.chunksOutcome(row) == ChunkOutcome.DELETED) {
      chunked(row);
    } else {
      wrong(
          "no-document",
          row,
          "chunks has revision %d of it, documents has nothing"
              .formatted(documents.chunksRevision(row)));
    }
  }

  private void unreadable(int row) {
    if (documents.isLetter(row)) {
      reject(reasons.code(documents.letterReason(row)));
    } else if (isReported(row)) {
      wrong("not-reported", row, "its record in chunks cannot be read, and is no dead letter");
    } else {
      awaitingEmbed++;
    }
  }

  private void chunked(int row) {
    long revision = documents.chunksRevision(row);
    long told = documents.indexedRevision(row);
    if (told == revision) {
      told(row);
    } else if (told > revision) {
      wrong(
          "revision-from-nowhere",
          row,
          "indexed has revision %d, but the newest in chunks is %d".formatted(told, revision));
    } else if (documents.isLetter(row)) {
      reject(reasons.code(documents.letterReason(row)));
    } else if (documents.areChunksOld(row)) {
      remembered++;
      switch (documents.chunksOutcome(row)) {
        case CHUNKED -> indexed++;
        case DELETED -> deleted++;
        case REJECTED -> reject(row, documents::chunksReason);
      }
    } else if (isReported(row)) {
      wrong(
          "not-reported",
          row,
          "revision %d in chunks was passed over: indexed has %s"
              .formatted(revision, revisionName(told)));
    } else {
      awaitingEmbed++;
    }
  }

  private void told(int row) {
    ChunkOutcome chunks = documents.chunksOutcome(row);
    IndexOutcome outcome = documents.indexedOutcome(row);
    if (outcome == IndexOutcome.INDEXED && chunks == ChunkOutcome.CHUNKED) {
      indexed++;
    } else if (outcome == IndexOutcome.DELETED && chunks == ChunkOutcome.DELETED) {
      deleted++;
    } else if (outcome == IndexOutcome.REJECTED && chunks != ChunkOutcome.DELETED) {
      reject(row, documents::indexedReason);
    } else {
      wrong(
          "outcome-differs",
          row,
          "revision %d is %s in chunks and %s in indexed"
              .formatted(documents.chunksRevision(row), chunks, outcome));
    }
  }

  private void reject(int row, IntUnaryOperator reason) {
    reject(reasons.code(reason.applyAsInt(row)));
  }

  private void reject(String reason) {
    rejected.merge(reason, 1L, Long::sum);
  }

  private void wrong(String kind, int row, String sentence) {
    problems.add(kind, documents.key(row), id -> sentence);
  }

  private static String revisionName(long revision) {
    return revision < 0 ? "none" : String.valueOf(revision);
  }
}
