package dev.millrace.embed;

import dev.millrace.contracts.avro.Chunk;
import dev.millrace.index.ChunkIndex;
import dev.millrace.index.EntryIds;
import dev.millrace.index.Manifest;
import dev.millrace.models.embedding.EmbeddingModel;
import dev.millrace.runtime.RetriableException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds a vector for every chunk of a batch: those that the index has are fetched, the others are
 * computed, the texts of all documents together and by length, so that a model that pads wastes
 * little.
 */
final class Vectors {

  /** Vectors by chunk hash, and which of them were fetched rather than computed, by document. */
  record Found(Map<String, float[]> byHash, Map<String, Set<String>> reusedByDocument) {

    float[] of(Chunk chunk) {
      return byHash.get(chunk.getHash());
    }

    /** Number of chunks of a revision whose vector was fetched. */
    int reused(Revision revision) {
      Set<String> hashes = reusedByDocument.getOrDefault(revision.documentId(), Set.of());
      return (int) revision.chunks().stream().filter(c -> hashes.contains(c.getHash())).count();
    }
  }

  private final EmbeddingModel model;
  private final int textsPerCall;
  private final EmbedMeters meters;

  Vectors(EmbeddingModel model, int textsPerCall, EmbedMeters meters) {
    this.model = model;
    this.textsPerCall = textsPerCall;
    this.meters = meters;
  }

  /**
   * @param manifests what stands in the index, by document id
   */
  Found find(ChunkIndex index, List<Revision> revisions, Map<String, Manifest> manifests) {
    Map<String, float[]> byHash = new HashMap<>();
    Map<String, Set<String>> reused = new HashMap<>();
    fetch(index, revisions, manifests, byHash, reused);
    compute(missing(revisions, byHash), byHash);
    return new Found(byHash, reused);
  }

  private static void fetch(
      ChunkIndex index,
      List<Revision> revisions,
      Map<String, Manifest> manifests,
      Map<String, float[]> byHash,
      Map<String, Set<String>> reused) {
    Map<String, String> hashById = new LinkedHashMap<>();
    Map<String, String> documentById = new HashMap<>();
    for (Revision revision : revisions) {
      Manifest manifest = manifests.get(revision.documentId());
      if (manifest != null && !manifest.chunks().isEmpty()) {
        Set<String> known = new HashSet<>();
        manifest.chunks().forEach(chunk -> known.add(chunk.hash()));
        for (Chunk chunk : revision.chunks()) {
          if (known.contains(chunk.getHash())) {
            String id = EntryIds.firstChunk(revision.documentId(), chunk.getHash());
            hashById.put(id, chunk.getHash());
            documentById.put(id, revision.documentId());
          }
        }
      }
    }
    index
        .vectors(hashById.keySet())
        .forEach(
            (id, vector) -> {
              byHash.put(hashById.get(id), vector);
              reused
                  .computeIfAbsent(documentById.get(id), d -> new HashSet<>())
                  .add(hashById.get(id));
            });
  }

  private static Map<String, String> missing(
      List<Revision> revisions, Map<String, float[]> byHash) {
    Map<String, String> texts = new LinkedHashMap<>();
    for (Revision revision : revisions) {
      for (Chunk chunk : revision.chunks()) {
        if (!byHash.containsKey(chunk.getHash()) && !texts.containsKey(chunk.getHash())) {
          texts.put(chunk.getHash(), revision.embedded(chunk));
        }
      }
    }
    return texts;
  }

  private void compute(Map<String, String> texts, Map<String, float[]> byHash) {
    List<Map.Entry<String, String>> byLength = new ArrayList<>(texts.entrySet());
    byLength.sort(Comparator.comparingInt(entry -> entry.getValue().length()));
    for (int from = 0; from < byLength.size(); from += textsPerCall) {
      if (Thread.currentThread().isInterrupted()) {
        throw new RetriableException("the stage is closing", null);
      }
      var part = byLength.subList(from, Math.min(byLength.size(), from + textsPerCall));
      List<float[]> vectors =
          meters.timeModel(
              () ->
                  model.embed(
                      part.stream().map(Map.Entry::getValue).toList(),
                      EmbeddingModel.Role.PASSAGE));
      for (int i = 0; i < part.size(); i++) {
        byHash.put(part.get(i).getKey(), vectors.get(i));
      }
    }
  }
}
