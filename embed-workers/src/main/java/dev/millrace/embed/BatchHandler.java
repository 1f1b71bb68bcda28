package dev.millrace.embed;

import dev.millrace.contracts.avro.Chunk;
import dev.millrace.contracts.avro.ChunkedDocument;
import dev.millrace.contracts.avro.Indexed;
import dev.millrace.contracts.registry.RegistryException;
import dev.millrace.index.ChunkIndex;
import dev.millrace.index.Manifest;
import dev.millrace.runtime.ConsumerLoop;
import dev.millrace.runtime.DeadLetter;
import dev.millrace.runtime.DeadLetters;
import dev.millrace.runtime.Delivery;
import dev.millrace.runtime.RetriableException;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;

/**
 * Does the work for a batch of the {@code chunks} topic. Returns when the index and the {@code
 * indexed} topic have acknowledged everything; doing a batch again changes nothing.
 */
final class BatchHandler implements ConsumerLoop.Handler<ChunkedDocument> {

  private static final int CHARACTERS = 16 << 20;

  private final ChunkIndex index;
  private final RevisionWriter writer;
  private final Reports reports;
  private final DeadLetters deadLetters;
  private final EmbedMeters meters;
  private final int chunks;

  /**
   * @param chunks to be written together, at most, unless one document has more
   */
  BatchHandler(
      ChunkIndex index,
      RevisionWriter writer,
      Reports reports,
      DeadLetters deadLetters,
      EmbedMeters meters,
      int chunks) {
    this.index = index;
    this.writer = writer;
    this.reports = reports;
    this.deadLetters = deadLetters;
    this.meters = meters;
    this.chunks = chunks;
  }

  @Override
  public void handle(List<Delivery<ChunkedDocument>> batch) {
    List<Revision> group = new ArrayList<>();
    int groupChunks = 0;
    int characters = 0;
    for (Delivery<ChunkedDocument> delivery : batch) {
      if (delivery.value() == null) {
        bury(delivery, new Refusal("no-value", "a record without a value is no revision"));
        continue;
      }
      Revision revision = Revision.of(delivery);
      int length = revision.document().getText().length();
      if (!group.isEmpty()
          && (groupChunks + revision.chunks().size() > chunks
              || characters + length > CHARACTERS)) {
        write(group);
        group = new ArrayList<>();
        groupChunks = 0;
        characters = 0;
      }
      group.add(revision);
      groupChunks += revision.chunks().size();
      characters += length;
    }
    if (!group.isEmpty()) {
      write(group);
    }
  }

  private void write(List<Revision> group) {
    Map<Revision, Refusal> refused = new HashMap<>();
    group.forEach(revision -> check(revision, refused));
    try {
      write(group, refused);
    } catch (RetriableException | KafkaException | RegistryException e) {
      throw e;
    } catch (RuntimeException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw new RetriableException("the stage is closing", e); // no record is to blame
      }
      if (group.size() > 1) {
        throw e; // the loop tries them one by one
      }
      write(group, Map.of(group.getFirst(), new Refusal(Refusal.EMBED_FAILED, e.toString())));
    }
  }

  private void write(List<Revision> group, Map<Revision, Refusal> refused) {
    Map<String, Revision> newest = new LinkedHashMap<>();
    for (Revision revision : group) {
      newest.merge(revision.documentId(), revision, (a, b) -> b.number() >= a.number() ? b : a);
    }
    Standing standing = standing(group, newest.keySet());
    List<Revision> toWrite =
        newest.values().stream()
            .filter(revision -> revision.number() > standing.revision(revision.documentId()))
            .toList();
    refused = new HashMap<>(refused);
    refused.keySet().retainAll(Set.copyOf(toWrite));
    Map<Revision, Indexed> written = new HashMap<>();
    List<RevisionWriter.Result> results = writer.write(toWrite, refused, standing);
    for (int i = 0; i < toWrite.size(); i++) {
      Revision revision = toWrite.get(i);
      RevisionWriter.Result result = results.get(i);
      written.put(revision, result.report());
      if (result.refusal() != null) {
        bury(revision.delivery(), result.refusal());
      }
      meters.written(result.report());
    }
    List<Reports.Word> all = new ArrayList<>();
    for (Revision revision : group) {
      Indexed report = report(revision, newest, written, standing);
      all.add(new Reports.Word(report, described(revision.delivery().span(), report)));
    }
    reports.send(all);
    all.forEach(word -> meters.reported(word.report().getOutcome()));
  }

  private static Span described(Span span, Indexed report) {
    return span.setAttribute("millrace.document.revision", report.getRevision())
        .setAttribute("millrace.document.outcome", report.getOutcome().name())
        .setAttribute("millrace.chunks", report.getChunks())
        .setAttribute("millrace.chunks.embedded", report.getEmbedded());
  }

  /**
   * Chunks of a revision that another of the batch overtakes count as standing: a worker may have
   * died after it wrote them.
   */
  private Standing standing(List<Revision> group, Set<String> documentIds) {
    Standing standing = Standing.read(index, documentIds);
    for (Revision revision : group) {
      if (!revision.chunkIds().isEmpty() && group.size() > documentIds.size()) {
        standing
            .chunkIds()
            .computeIfAbsent(revision.documentId(), id -> new HashSet<>())
            .addAll(revision.chunkIds());
      }
    }
    return standing;
  }

  private Indexed report(
      Revision revision,
      Map<String, Revision> newest,
      Map<Revision, Indexed> written,
      Standing standing) {
    Indexed report = written.get(revision);
    if (report != null) {
      return report;
    }
    Manifest manifest = standing.manifests().get(revision.documentId());
    String name = index.generation().chunks();
    if (manifest != null && manifest.revision() == revision.number()) {
      return Entries.report(manifest, name); // written before, and told again
    }
    long by =
        Math.max(
            standing.revision(revision.documentId()), newest.get(revision.documentId()).number());
    return Entries.superseded(revision, by, name, System.currentTimeMillis());
  }

  private static void check(Revision revision, Map<Revision, Refusal> refused) {
    int length = revision.document().getText().length();
    for (Chunk chunk : revision.chunks()) {
      if (chunk.getStart() < 0 || chunk.getEnd() < chunk.getStart() || chunk.getEnd() > length) {
        refused.put(
            revision,
            new Refusal(
                Refusal.BAD_RANGE,
                "chunk %d-%d of a text of %d".formatted(chunk.getStart(), chunk.getEnd(), length)));
        return;
      }
    }
  }

  private void bury(Delivery<ChunkedDocument> delivery, Refusal refusal) {
    delivery.span().setStatus(StatusCode.ERROR, refusal.reason());
    ConsumerRecord<byte[], byte[]> record = delivery.record();
    deadLetters.write(
        new DeadLetter(
            record.topic(),
            record.partition(),
            record.offset(),
            record.key(),
            record.value(),
            EmbedStage.NAME,
            refusal.reason(),
            Objects.requireNonNullElse(refusal.detail(), refusal.reason())),
        record.headers());
  }
}
