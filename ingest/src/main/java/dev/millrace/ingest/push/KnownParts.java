package dev.millrace.ingest.push;

import java.util.HashMap;
import java.util.Map;

/**
 * The states in which files of many documents were read to their end, so that a watch does not read
 * them again for every change beside them. One entry a file, for as long as the watch runs.
 */
final class KnownParts {

  private final Map<String, Long> fingerprints = new HashMap<>();

  boolean has(String name, long fingerprint) {
    return fingerprint != 0 && fingerprints.getOrDefault(name, 0L) == fingerprint;
  }

  void put(String name, long fingerprint) {
    fingerprints.put(name, fingerprint);
  }
}
