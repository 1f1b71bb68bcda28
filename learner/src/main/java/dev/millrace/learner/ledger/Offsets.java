package dev.millrace.learner.ledger;

import dev.millrace.contracts.avro.TrainingStep;
import java.util.Map;
import java.util.TreeMap;

/** Offsets of scored-samples by partition, as entries keep them: Avro's maps have texts as keys. */
public final class Offsets {

  private Offsets() {}

  /** As an entry has them. */
  public static Map<Integer, Long> of(TrainingStep entry) {
    Map<Integer, Long> offsets = new TreeMap<>();
    entry
        .getOffsets()
        .forEach((partition, offset) -> offsets.put(Integer.parseInt(partition), offset));
    return offsets;
  }

  /** As an entry keeps them. */
  public static Map<String, Long> toEntry(Map<Integer, Long> offsets) {
    Map<String, Long> out = new TreeMap<>();
    offsets.forEach((partition, offset) -> out.put(String.valueOf(partition), offset));
    return out;
  }
}
