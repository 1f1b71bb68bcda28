package dev.millrace.learner.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a program is told: words {@code key=value}, each with a default. */
public final class Arguments {

  private final Map<String, String> values;

  private Arguments(Map<String, String> values) {
    this.values = values;
  }

  /**
   * @param defaults all keys that there are
   * @throws IllegalArgumentException naming a word that is not understood, and the keys
   */
  public static Arguments of(Map<String, String> defaults, String... words) {
    Map<String, String> values = new LinkedHashMap<>(defaults);
    for (String word : words) {
      int equals = word.indexOf('=');
      if (equals < 1 || !defaults.containsKey(word.substring(0, equals))) {
        throw new IllegalArgumentException(
            "'%s' is not understood: give key=value, the keys and defaults are %s"
                .formatted(word, defaults));
      }
      values.put(word.substring(0, equals), word.substring(equals + 1).strip());
    }
    return new Arguments(values);
  }

  public String text(String key) {
    return values.get(key);
  }

  public int whole(String key, int least) {
    return whole(key, values.get(key), least);
  }

  private static int whole(String key, String value, int least) {
    try {
      int number = Integer.parseInt(value);
      if (number >= least) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new IllegalArgumentException(
        "%s must be a whole number from %d on, not '%s'".formatted(key, least, value));
  }

  public double number(String key) {
    try {
      return Double.parseDouble(values.get(key));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "%s must be a number, not '%s'".formatted(key, values.get(key)));
    }
  }

  /** Numbers with commas between them; none of an empty text. */
  public List<Integer> wholes(String key, int least) {
    List<Integer> out = new ArrayList<>();
    for (String part : values.get(key).split(",")) {
      if (!part.isBlank()) {
        out.add(whole(key, part.strip(), least));
      }
    }
    return out;
  }

  /** Words with commas between them, each of which must be one of {@code known}. */
  public List<String> words(String key, List<String> known) {
    List<String> out = new ArrayList<>();
    for (String part : values.get(key).split(",")) {
      String word = part.strip();
      if (!word.isEmpty() && !known.contains(word)) {
        throw new IllegalArgumentException(
            "%s must be of %s, not '%s'".formatted(key, String.join(", ", known), word));
      }
      if (!word.isEmpty()) {
        out.add(word);
      }
    }
    return out;
  }
}
