package dev.millrace.learner.engine;

import java.util.Map;
import java.util.TreeMap;

/** Small conversions between entries and what they say. */
final class Entries {

  private Entries() {}

  /** Offsets as the ledger keeps them. */
  static Map<String, Long> offsets(Map<Integer, Long> offsets) {
    Map<String, Long> out = new TreeMap<>();
    offsets.forEach((partition, offset) -> out.put(String.valueOf(partition), offset));
    return out;
  }
}
