package dev.millrace.serving.retrieval;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** How passages are matched: by words, by vectors, or by both with their rankings fused. */
public enum SearchMode {
  BM25,
  VECTORS,
  HYBRID;

  /** The mode of this name, whatever its case. */
  public static Optional<SearchMode> of(String name) {
    return Arrays.stream(values()).filter(m -> m.name().equalsIgnoreCase(name)).findFirst();
  }

  /** All names, for messages. */
  public static String names() {
    return Arrays.stream(values())
        .map(m -> m.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(", "));
  }
}
