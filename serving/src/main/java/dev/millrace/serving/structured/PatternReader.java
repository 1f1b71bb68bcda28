package dev.millrace.serving.structured;

import java.util.ArrayList;
import java.util.List;

/**
 * Regular expressions of JSON schema (ECMA-262) as rules over the characters of a JSON string. The
 * whole string has to match, with or without {@code ^} and {@code $}. Look-around, back references,
 * word boundaries and Unicode properties are refused.
 */
final class PatternReader {

  private static final int MOST_REPEATS = 10_000;

  private final Place place;
  private final String pattern;
  private int at;

  private PatternReader(Place place, String pattern) {
    this.place = place;
    this.pattern = pattern;
  }

  static Node read(Place place, String pattern) {
    PatternReader reader = new PatternReader(place, pattern);
    Node node = reader.alternatives();
    if (reader.at < pattern.length()) {
      throw reader.wrong("a ')' without its '('");
    }
    return node;
  }

  private SchemaException wrong(String why) {
    return place.wrong(
        place.has("pattern") ? "pattern" : "format",
        "'%s' is not supported: %s.".formatted(pattern, why));
  }

  private boolean more() {
    return at < pattern.length();
  }

  private boolean take(String text) {
    boolean there = pattern.startsWith(text, at);
    at += there ? text.length() : 0;
    return there;
  }

  private Node alternatives() {
    List<Node> choices = new ArrayList<>();
    do {
      choices.add(sequence());
    } while (take("|"));
    return Node.alt(choices);
  }

  private Node sequence() {
    List<Node> parts = new ArrayList<>();
    while (more() && pattern.charAt(at) != '|' && pattern.charAt(at) != ')') {
      if (take("^")) {
        if (!parts.isEmpty()) {
          throw wrong("'^' within it");
        }
      } else if (take("$")) {
        if (more() && pattern.charAt(at) != '|' && pattern.charAt(at) != ')') {
          throw wrong("'$' within it");
        }
      } else {
        parts.add(repeated(atom()));
      }
    }
    return new Node.Seq(parts);
  }

  private Node repeated(Node atom) {
    int min;
    int max;
    if (take("*")) {
      min = 0;
      max = Node.MANY;
    } else if (take("+")) {
      min = 1;
      max = Node.MANY;
    } else if (take("?")) {
      min = 0;
      max = 1;
    } else if (more() && pattern.charAt(at) == '{') {
      int end = pattern.indexOf('}', at);
      String[] bounds = end < 0 ? new String[0] : pattern.substring(at + 1, end).split(",", -1);
      if (bounds.length == 0 || bounds.length > 2) {
        throw wrong("a '{' that is no number of repetitions");
      }
      at = end + 1;
      min = number(bounds[0]);
      max = bounds.length == 1 ? min : bounds[1].isEmpty() ? Node.MANY : number(bounds[1]);
    } else {
      return atom;
    }
    take("?"); // lazy: the same strings
    if (more() && "*+?{".indexOf(pattern.charAt(at)) >= 0) {
      throw wrong("a repetition of a repetition");
    }
    if (max != Node.MANY && max < min) {
      throw wrong("repetitions of " + min + " to " + max);
    }
    if (max == 0) {
      return Node.EMPTY;
    }
    if (max == 1) {
      return min == 1 ? atom : Node.maybe(atom);
    }
    if (nullable(atom)) {
      throw wrong("a repetition of what may be empty");
    }
    return Node.repeat(atom, min, max);
  }

  private static boolean nullable(Node node) {
    return switch (node) {
      case Node.Bytes b -> false;
      case Node.Seq seq -> seq.parts.stream().allMatch(PatternReader::nullable);
      case Node.Alt alt -> alt.choices.stream().anyMatch(PatternReader::nullable);
      case Node.Repeat repeat -> repeat.min == 0;
      case Node.Rule rule -> nullable(rule.body());
    };
  }

  private int number(String digits) {
    if (!digits.matches("\\d{1,5}") || Integer.parseInt(digits) > MOST_REPEATS) {
      throw wrong("'" + digits + "' is no number of repetitions up to " + MOST_REPEATS);
    }
    return Integer.parseInt(digits);
  }

  private Node atom() {
    if (take("(")) {
      if (take("?")) {
        if (!take(":")) {
          throw wrong("'(?' other than '(?:'");
        }
      }
      Node group = alternatives();
      if (!take(")")) {
        throw wrong("a '(' without its ')'");
      }
      return group;
    }
    if (take("[")) {
      return new CharacterClass(pattern, at, this::wrong).read(end -> at = end).inString();
    }
    if (take(".")) {
      return CodePoints.of('\n', '\n', '\r', '\r', 0x2028, 0x2029).complement().inString();
    }
    if (take("\\")) {
      return new CharacterClass(pattern, at, this::wrong).escape(end -> at = end).inString();
    }
    int c = pattern.codePointAt(at);
    if ("*+?{".indexOf(c) >= 0) {
      throw wrong("'" + Character.toString(c) + "' with nothing before it");
    }
    at += Character.charCount(c);
    return CodePoints.of(c).inString();
  }
}
