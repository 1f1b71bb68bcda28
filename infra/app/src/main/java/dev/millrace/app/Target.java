package dev.millrace.app;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** What one process may be asked to run. */
enum Target {
  INGEST,
  PREPROCESS,
  EMBED,
  ROLLOUT,
  REWARD,
  LEARNER,
  SERVING,
  MONITOR;

  /**
   * Reads {@code --target}: names separated by commas, or {@code all}.
   *
   * @throws IllegalArgumentException naming the unknown target and those that exist
   */
  static Set<Target> parse(String names) {
    Set<Target> targets = EnumSet.noneOf(Target.class);
    for (String name : names.split(",")) {
      if (name.strip().equals("all")) {
        return EnumSet.allOf(Target.class);
      }
      targets.add(one(name.strip()));
    }
    return targets;
  }

  private static Target one(String name) {
    return Arrays.stream(values())
        .filter(target -> target.written().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown target '"
                        + name
                        + "': use all, or some of "
                        + Arrays.stream(values())
                            .map(Target::written)
                            .collect(Collectors.joining(", "))));
  }

  String written() {
    return name().toLowerCase(Locale.ROOT);
  }
}
