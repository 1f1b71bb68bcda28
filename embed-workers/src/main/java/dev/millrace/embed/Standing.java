package dev.millrace.embed;

import dev.millrace.index.ChunkIndex;
import dev.millrace.index.EntryIds;
import dev.millrace.index.Manifest;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What stands in the index of the documents of a batch.
 *
 * @param manifests by document id
 * @param chunkIds by document id: what the manifest names, and what a search finds besides, which a
 *     worker wrote that died before its manifest
 */
record Standing(Map<String, Manifest> manifests, Map<String, Set<String>> chunkIds) {

  static Standing read(ChunkIndex index, Collection<String> documentIds) {
    Map<String, Manifest> manifests = index.manifests(documentIds);
    Map<String, Set<String>> chunkIds = new HashMap<>(index.chunkIds(documentIds));
    manifests
        .values()
        .forEach(
            manifest ->
                chunkIds
                    .computeIfAbsent(manifest.documentId(), id -> new HashSet<>())
                    .addAll(idsOf(manifest)));
    return new Standing(manifests, chunkIds);
  }

  static List<String> idsOf(Manifest manifest) {
    return EntryIds.chunks(
        manifest.documentId(), manifest.chunks().stream().map(Manifest.ChunkRef::hash).toList());
  }

  /** Revision that stands, or -1. */
  long revision(String documentId) {
    Manifest manifest = manifests.get(documentId);
    return manifest == null ? -1 : manifest.revision();
  }

  Set<String> chunkIds(String documentId) {
    return chunkIds.getOrDefault(documentId, Set.of());
  }

  /** Number of chunks of the revision that stands which {@code next} takes away. */
  int removedBy(Revision next, boolean indexed) {
    Manifest manifest = manifests.get(next.documentId());
    if (manifest == null) {
      return 0;
    }
    Set<String> gone = new HashSet<>(idsOf(manifest));
    if (indexed) {
      next.chunkIds().forEach(gone::remove);
    }
    return gone.size();
  }
}
