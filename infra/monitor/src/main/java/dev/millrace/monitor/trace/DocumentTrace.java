package dev.millrace.monitor.trace;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Topics;
import dev.millrace.contracts.avro.Chunk;
import dev.millrace.contracts.avro.ChunkOutcome;
import dev.millrace.contracts.avro.ChunkedDocument;
import dev.millrace.contracts.avro.Document;
import dev.millrace.contracts.avro.Indexed;
import dev.millrace.contracts.registry.SchemaRegistry;
import dev.millrace.monitor.scan.LogScan;
import dev.millrace.monitor.scan.ScanLimit;
import dev.millrace.runtime.DeadLetter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A document's way: {@code documents}, {@code chunks}, {@code indexed}, and dead letters. Revisions
 * that compaction has removed from the first two still show in the third.
 */
final class DocumentTrace {

  private static final int MOST_CHUNKS = 200;
  private static final int LONGEST_PIECE = 600;

  private final LogScan scan;
  private final Topics topics;
  private final ScanLimit limit;
  private final AvroSerde<Document> documents;
  private final AvroSerde<ChunkedDocument> chunks;
  private final AvroSerde<Indexed> indexed;

  DocumentTrace(LogScan scan, SchemaRegistry registry, Topics topics, ScanLimit limit) {
    this.scan = scan;
    this.topics = topics;
    this.limit = limit;
    this.documents = new AvroSerde<>(registry, topics.documents());
    this.chunks = new AvroSerde<>(registry, topics.chunks());
    this.indexed = new AvroSerde<>(registry, topics.indexed());
  }

  Trace of(String id) {
    var look = new KeyedLook(scan, limit);
    List<Trace.Event> events = new ArrayList<>();
    look.find(topics.documents().name(), id, documents).forEach(seen -> events.add(received(seen)));
    look.find(topics.chunks().name(), id, chunks).forEach(seen -> events.add(chunked(seen)));
    look.find(topics.indexed().name(), id, indexed).forEach(seen -> events.add(settled(seen)));
    events.addAll(Letters.of(look, topics.deadLetters().name(), id));
    return new Trace(id, events, look.complete());
  }

  Optional<DocumentChunks> chunks(String id) {
    return new KeyedLook(scan, limit)
        .find(topics.chunks().name(), id, chunks).stream()
            .flatMap(seen -> seen.value().stream())
            .filter(document -> document.getOutcome() == ChunkOutcome.CHUNKED)
            .findFirst()
            .map(DocumentTrace::chunks);
  }

  private static DocumentChunks chunks(ChunkedDocument document) {
    String text = document.getText();
    return new DocumentChunks(
        document.getRevision(),
        document.getTitle() == null ? "" : document.getTitle(),
        document.getChunks().size(),
        document.getChunks().stream().limit(MOST_CHUNKS).map(chunk -> piece(chunk, text)).toList());
  }

  private static DocumentChunks.Piece piece(Chunk chunk, String text) {
    int start = Math.clamp(chunk.getStart(), 0, text.length());
    int end = Math.clamp(chunk.getEnd(), start, text.length());
    boolean cut = end - start > LONGEST_PIECE;
    return new DocumentChunks.Piece(
        chunk.getStart(),
        chunk.getEnd(),
        chunk.getTokens(),
        List.copyOf(chunk.getHeadings()),
        text.substring(start, cut ? start + LONGEST_PIECE : end) + (cut ? " …" : ""));
  }

  private static Trace.Event received(KeyedLook.Seen<Document> seen) {
    Map<String, String> detail = new TreeMap<>();
    detail.put("revision", String.valueOf(seen.record().offset()));
    String redrive = DeadLetter.header(seen.record().headers(), "mr-redrive");
    if (!redrive.isEmpty()) {
      detail.put("redriven from", redrive);
    }
    seen.value()
        .ifPresent(
            document -> {
              put(detail, "title", document.getTitle());
              put(detail, "content type", document.getContentType());
              detail.put("bytes", String.valueOf(document.getContent().remaining()));
            });
    String sentence =
        seen.record().value() == null
            ? "asked to be deleted"
            : seen.value().isPresent() ? "received" : "received bytes that are no document";
    if (!redrive.isEmpty()) {
      sentence = "sent again after having been a dead letter";
    }
    double sent =
        seen.value()
            .filter(document -> document.getSentAt() > 0)
            .map(document -> (seen.record().timestamp() - document.getSentAt()) / 1000.0)
            .orElse(Double.NaN);
    return Trace.Event.of(
        seen.record(), seen.record().timestamp(), "ingest", sentence, sent, detail);
  }

  private static Trace.Event chunked(KeyedLook.Seen<ChunkedDocument> seen) {
    if (seen.value().isEmpty()) {
      return Trace.Event.of(
          seen.record(),
          seen.record().timestamp(),
          "preprocess",
          "wrote a record that cannot be read",
          Double.NaN,
          Map.of());
    }
    ChunkedDocument chunked = seen.value().get();
    Map<String, String> detail = new TreeMap<>();
    detail.put("revision", String.valueOf(chunked.getRevision()));
    put(detail, "language", chunked.getLanguage());
    put(detail, "content type", chunked.getContentType());
    put(detail, "reason", chunked.getReason());
    put(detail, "detail", chunked.getDetail());
    String sentence =
        switch (chunked.getOutcome()) {
          case CHUNKED ->
              "cut into %d chunks of %d characters"
                  .formatted(chunked.getChunks().size(), chunked.getText().length());
          case DELETED -> "passed on the deletion";
          case REJECTED -> "rejected: " + chunked.getReason();
        };
    return Trace.Event.of(
        seen.record(),
        chunked.getProcessedAt(),
        "preprocess",
        sentence,
        since(chunked.getSentAt(), chunked.getProcessedAt()),
        detail);
  }

  private static Trace.Event settled(KeyedLook.Seen<Indexed> seen) {
    if (seen.value().isEmpty()) {
      return Trace.Event.of(
          seen.record(),
          seen.record().timestamp(),
          "embed",
          "wrote a report that cannot be read",
          Double.NaN,
          Map.of());
    }
    Indexed report = seen.value().get();
    Map<String, String> detail = new TreeMap<>();
    detail.put("revision", String.valueOf(report.getRevision()));
    put(detail, "index", report.getIndex());
    put(detail, "reason", report.getReason());
    put(detail, "detail", report.getDetail());
    if (report.getSentAt() > 0) {
      detail.put("sent to searchable, s", seconds(report.getSentAt(), report.getIndexedAt()));
    }
    String sentence =
        switch (report.getOutcome()) {
          case INDEXED ->
              "searchable: %d chunks, %d vectors computed, %d reused, %d old chunks removed"
                  .formatted(
                      report.getChunks(),
                      report.getEmbedded(),
                      report.getReused(),
                      report.getRemoved());
          case DELETED -> "deleted from the index";
          case REJECTED -> "noted as rejected: " + report.getReason();
          case SUPERSEDED -> "left aside: a newer revision is in the index";
        };
    return Trace.Event.of(
        seen.record(),
        report.getIndexedAt(),
        "embed",
        sentence,
        since(report.getProcessedAt(), report.getIndexedAt()),
        detail);
  }

  private static void put(Map<String, String> detail, String name, String value) {
    if (value != null && !value.isEmpty()) {
      detail.put(name, value);
    }
  }

  private static double since(long from, long to) {
    return from > 0 && to > 0 ? (to - from) / 1000.0 : Double.NaN;
  }

  private static String seconds(long from, long to) {
    return String.format(Locale.ROOT, "%.3f", (to - from) / 1000.0);
  }
}
