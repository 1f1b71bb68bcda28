package dev.millrace.embed;

import dev.millrace.contracts.avro.Chunk;
import dev.millrace.contracts.avro.Indexed;
import dev.millrace.index.BulkOutcome;
import dev.millrace.index.BulkOutcome.Refused;
import dev.millrace.index.BulkWrite;
import dev.millrace.index.BulkWrite.DeleteChunk;
import dev.millrace.index.BulkWrite.PutChunk;
import dev.millrace.index.BulkWrite.PutManifest;
import dev.millrace.index.ChunkIndex;
import dev.millrace.index.Manifest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Writes one revision each of several documents: chunks and deletions first, manifests after all of
 * those are acknowledged. Until its manifest stands a revision counts as not written, and is done
 * again.
 */
final class RevisionWriter {

  private final ChunkIndex index;
  private final Vectors vectors;
  private final EmbedMeters meters;

  RevisionWriter(ChunkIndex index, Vectors vectors, EmbedMeters meters) {
    this.index = index;
    this.vectors = vectors;
    this.meters = meters;
  }

  /** What became of a revision, and what stood in the way where it was refused. */
  record Result(Indexed report, Refusal refusal) {}

  /**
   * @param revisions one a document, each later than what stands
   * @param refused of those, the ones that must not be indexed, with the reason
   * @return results in the order of {@code revisions}
   */
  List<Result> write(List<Revision> revisions, Map<Revision, Refusal> refused, Standing standing) {
    Map<Revision, Refusal> refusals = new HashMap<>(refused);
    List<Revision> taken = revisions.stream().filter(r -> !refusals.containsKey(r)).toList();
    Vectors.Found found = vectors.find(index, taken, standing.manifests());
    long now = System.currentTimeMillis();
    writeChunks(taken, found, standing, now).forEach(refusals::put);
    removeRefused(revisions, refusals, standing);
    Map<Revision, Manifest> manifests = new LinkedHashMap<>();
    long indexedAt = System.currentTimeMillis();
    for (Revision revision : revisions) {
      Refusal refusal = refusals.get(revision);
      int removed = standing.removedBy(revision, refusal == null);
      if (refusal == null) {
        int reused = found.reused(revision);
        int embedded = revision.chunks().size() - reused;
        manifests.put(revision, Entries.manifest(revision, embedded, reused, removed, indexedAt));
      } else {
        manifests.put(revision, refusedManifest(revision, refusal, removed, indexedAt));
      }
    }
    writeManifests(manifests, refusals);
    return revisions.stream()
        .map(r -> new Result(report(r, manifests.get(r)), refusals.get(r)))
        .toList();
  }

  /** Returns the revisions of which an entry was refused. */
  private Map<Revision, Refusal> writeChunks(
      List<Revision> revisions, Vectors.Found found, Standing standing, long now) {
    List<BulkWrite> writes = new ArrayList<>();
    List<Revision> owners = new ArrayList<>();
    for (Revision revision : revisions) {
      for (int i = 0; i < revision.chunks().size(); i++) {
        Chunk chunk = revision.chunks().get(i);
        writes.add(
            new PutChunk(
                revision.chunkIds().get(i), Entries.chunk(revision, i, found.of(chunk), now)));
      }
      gone(revision, standing).forEach(id -> writes.add(new DeleteChunk(id, revision.number())));
      while (owners.size() < writes.size()) {
        owners.add(revision);
      }
    }
    List<BulkOutcome> outcomes = bulk(writes);
    Map<Revision, Refusal> refusals = new HashMap<>();
    for (int i = 0; i < outcomes.size(); i++) {
      if (outcomes.get(i) instanceof Refused r) {
        refusals.putIfAbsent(owners.get(i), new Refusal(Refusal.INDEX_REFUSED, r.reason()));
      }
    }
    return refusals;
  }

  /** Entries of earlier revisions that this one does not have. */
  private static Set<String> gone(Revision revision, Standing standing) {
    Set<String> gone = new HashSet<>(standing.chunkIds(revision.documentId()));
    revision.chunkIds().forEach(gone::remove);
    return gone;
  }

  /** A refused revision has no chunks, and its document none of earlier revisions either. */
  private void removeRefused(
      List<Revision> revisions, Map<Revision, Refusal> refusals, Standing standing) {
    List<BulkWrite> deletes = new ArrayList<>();
    for (Revision revision : revisions) {
      if (refusals.containsKey(revision)) {
        Set<String> all = new HashSet<>(standing.chunkIds(revision.documentId()));
        all.addAll(revision.chunkIds());
        all.forEach(id -> deletes.add(new DeleteChunk(id, revision.number())));
      }
    }
    bulk(deletes);
  }

  private static Manifest refusedManifest(
      Revision revision, Refusal refusal, int removed, long now) {
    return Entries.refused(revision, refusal.reason(), refusal.detail(), removed, now);
  }

  /** Replaces manifests by those that stand in the end. */
  private void writeManifests(Map<Revision, Manifest> manifests, Map<Revision, Refusal> refusals) {
    List<Revision> revisions = List.copyOf(manifests.keySet());
    List<BulkOutcome> outcomes =
        bulk(revisions.stream().<BulkWrite>map(r -> new PutManifest(manifests.get(r))).toList());
    List<Revision> late = new ArrayList<>();
    for (int i = 0; i < revisions.size(); i++) {
      Revision revision = revisions.get(i);
      if (outcomes.get(i) instanceof BulkOutcome.Stale) {
        late.add(revision);
      } else if (outcomes.get(i) instanceof Refused r) {
        var refusal = new Refusal(Refusal.INDEX_REFUSED, r.reason());
        refusals.putIfAbsent(revision, refusal);
        manifests.put(revision, refuse(revision, refusals.get(revision), manifests.get(revision)));
      }
    }
    overtaken(late, manifests);
  }

  /** The manifest itself is refused: its chunks go, and the smallest manifest there is stands. */
  private Manifest refuse(Revision revision, Refusal refusal, Manifest tried) {
    bulk(
        revision.chunkIds().stream()
            .<BulkWrite>map(id -> new DeleteChunk(id, revision.number()))
            .toList());
    Manifest smallest =
        refusedManifest(revision, refusal, tried.removed(), System.currentTimeMillis());
    bulk(List.of(new PutManifest(smallest)));
    return smallest;
  }

  /**
   * Another worker wrote the same revision, or a later one, while we were at it: that one stands,
   * and what we wrote beside it goes.
   */
  private void overtaken(List<Revision> late, Map<Revision, Manifest> manifests) {
    if (late.isEmpty()) {
      return;
    }
    Map<String, Manifest> standing =
        index.manifests(late.stream().map(Revision::documentId).toList());
    List<BulkWrite> deletes = new ArrayList<>();
    for (Revision revision : late) {
      Manifest manifest = standing.get(revision.documentId());
      if (manifest != null) {
        Set<String> strays = new HashSet<>(revision.chunkIds());
        Standing.idsOf(manifest).forEach(strays::remove);
        strays.forEach(id -> deletes.add(new DeleteChunk(id, manifest.revision())));
        manifests.put(revision, manifest);
      }
    }
    bulk(deletes);
  }

  private Indexed report(Revision revision, Manifest standing) {
    String name = index.generation().chunks();
    if (standing.revision() > revision.number()) {
      return Entries.superseded(revision, standing.revision(), name, System.currentTimeMillis());
    }
    return Entries.report(standing, name);
  }

  private List<BulkOutcome> bulk(List<BulkWrite> writes) {
    if (writes.isEmpty()) {
      return List.of();
    }
    Supplier<List<BulkOutcome>> call = () -> index.write(writes);
    return meters.timeBulk(call);
  }
}
