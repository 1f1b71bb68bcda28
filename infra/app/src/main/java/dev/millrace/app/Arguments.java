package dev.millrace.app;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The command line of the application: {@code --target=NAMES}, {@code --config=FILE} and any number
 * of {@code --set=KEY=VALUE}; the value may also follow as the next word.
 */
record Arguments(Set<Target> targets, Optional<Path> config, Map<String, String> overrides) {

  /**
   * @throws IllegalArgumentException with one line that names the offending word
   */
  static Arguments parse(String... words) {
    Set<Target> targets = Target.parse("all");
    Optional<Path> config = Optional.empty();
    Map<String, String> overrides = new TreeMap<>();
    for (int i = 0; i < words.length; i++) {
      int equals = words[i].indexOf('=');
      String option = equals < 0 ? words[i] : words[i].substring(0, equals);
      if (!Set.of("--target", "--config", "--set").contains(option)) {
        throw new IllegalArgumentException(
            "unknown option '" + words[i] + "': use --target, --config or --set");
      }
      if (equals < 0 && ++i == words.length) {
        throw new IllegalArgumentException(option + " needs a value");
      }
      String value = equals < 0 ? words[i] : words[i].substring(equals + 1);
      switch (option) {
        case "--target" -> targets = Target.parse(value);
        case "--config" -> config = Optional.of(readable(value));
        default -> put(overrides, value);
      }
    }
    return new Arguments(targets, config, Map.copyOf(overrides));
  }

  private static Path readable(String file) {
    Path path = Path.of(file);
    if (!Files.isReadable(path)) {
      throw new IllegalArgumentException("--config names " + file + ", which cannot be read");
    }
    return path;
  }

  private static void put(Map<String, String> overrides, String pair) {
    int equals = pair.indexOf('=');
    if (equals < 1) {
      throw new IllegalArgumentException("--set wants KEY=VALUE, not '" + pair + "'");
    }
    overrides.put(pair.substring(0, equals), pair.substring(equals + 1));
  }
}
