package dev.millrace.embed;

import dev.millrace.contracts.avro.Chunk;
import dev.millrace.contracts.avro.ChunkOutcome;
import dev.millrace.contracts.avro.ChunkedDocument;
import dev.millrace.index.EntryIds;
import dev.millrace.index.Manifest;
import dev.millrace.runtime.Delivery;
import java.util.List;

/** One revision of one document, as it came from the log, with the ids of its entries. */
final class Revision {

  private final Delivery<ChunkedDocument> delivery;
  private final ChunkedDocument document;
  private final List<Chunk> chunks;
  private final List<String> chunkIds;

  private Revision(Delivery<ChunkedDocument> delivery) {
    this.delivery = delivery;
    this.document = delivery.value();
    this.chunks = document.getOutcome() == ChunkOutcome.CHUNKED ? document.getChunks() : List.of();
    this.chunkIds =
        EntryIds.chunks(document.getDocumentId(), chunks.stream().map(Chunk::getHash).toList());
  }

  static Revision of(Delivery<ChunkedDocument> delivery) {
    return new Revision(delivery);
  }

  Delivery<ChunkedDocument> delivery() {
    return delivery;
  }

  ChunkedDocument document() {
    return document;
  }

  String documentId() {
    return document.getDocumentId();
  }

  long number() {
    return document.getRevision();
  }

  /** None unless the revision is to be indexed. */
  List<Chunk> chunks() {
    return chunks;
  }

  /** In the order of {@link #chunks()}. */
  List<String> chunkIds() {
    return chunkIds;
  }

  Manifest.Outcome outcome() {
    return switch (document.getOutcome()) {
      case CHUNKED -> Manifest.Outcome.INDEXED;
      case DELETED -> Manifest.Outcome.DELETED;
      case REJECTED -> Manifest.Outcome.REJECTED;
    };
  }

  /** The text of a chunk, as readers see it. */
  String text(Chunk chunk) {
    return document.getText().substring(chunk.getStart(), chunk.getEnd());
  }

  /** What is embedded: title, heading path and text, which is also what the chunk's hash is of. */
  String embedded(Chunk chunk) {
    var text = new StringBuilder();
    if (document.getTitle() != null) {
      text.append(document.getTitle()).append('\n');
    }
    for (String heading : chunk.getHeadings()) {
      text.append(heading).append('\n');
    }
    return text.append(text(chunk)).toString();
  }
}
