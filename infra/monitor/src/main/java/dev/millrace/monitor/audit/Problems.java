package dev.millrace.monitor.audit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** Collects problems: counts them all, names the first of each kind. */
final class Problems {

  /** A problem of a key whose text is not known yet. */
  private record Unnamed(String kind, Function<String, String> sentence) {}

  private final int listed;
  private final Map<String, Long> counts = new TreeMap<>();
  private final List<Problem> named = new ArrayList<>();
  private final Map<CompactTable.Key, List<Unnamed>> unnamed = new HashMap<>();

  Problems(int listed) {
    this.listed = listed;
  }

  void add(String kind, String id, String sentence) {
    if (counts.merge(kind, 1L, Long::sum) <= listed) {
      named.add(new Problem(kind, id, sentence));
    }
  }

  /**
   * @param sentence is given the name when it is known
   */
  void add(String kind, CompactTable.Key key, Function<String, String> sentence) {
    if (counts.merge(kind, 1L, Long::sum) <= listed) {
      unnamed.computeIfAbsent(key, k -> new ArrayList<>()).add(new Unnamed(kind, sentence));
    }
  }

  boolean wantsNames() {
    return !unnamed.isEmpty();
  }

  /** Tells a name; those that nobody asked for are ignored. */
  void name(CompactTable.Key key, String id) {
    List<Unnamed> waiting = unnamed.remove(key);
    if (waiting != null) {
      waiting.forEach(one -> named.add(new Problem(one.kind(), id, one.sentence().apply(id))));
    }
  }

  /** What was found; a key that nobody named is given as its hash. */
  Findings findings() {
    List.copyOf(unnamed.keySet())
        .forEach(key -> name(key, "(key hash %016x)".formatted(key.high())));
    return new Findings(counts, named);
  }
}
