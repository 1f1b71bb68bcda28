package dev.millrace.serving.structured;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;

/** A set of code points as ranges, and how they stand inside a JSON string. */
final class CodePoints {

  /** Both ends included. */
  record Range(int from, int to) {}

  static final CodePoints ALL = new CodePoints(List.of(new Range(0, Character.MAX_CODE_POINT)));

  private final List<Range> ranges;

  CodePoints(List<Range> ranges) {
    this.ranges = List.copyOf(ranges);
  }

  static CodePoints of(int codePoint) {
    return new CodePoints(List.of(new Range(codePoint, codePoint)));
  }

  /** The code point, if there is exactly one. */
  OptionalInt single() {
    return ranges.size() == 1 && ranges.get(0).from() == ranges.get(0).to()
        ? OptionalInt.of(ranges.get(0).from())
        : OptionalInt.empty();
  }

  /** Ranges as pairs of their first and last code point. */
  static CodePoints of(int... pairs) {
    List<Range> ranges = new ArrayList<>();
    for (int i = 0; i < pairs.length; i += 2) {
      ranges.add(new Range(pairs[i], pairs[i + 1]));
    }
    return new CodePoints(ranges);
  }

  CodePoints or(CodePoints other) {
    List<Range> both = new ArrayList<>(ranges);
    both.addAll(other.ranges);
    return new CodePoints(both);
  }

  /** Those below 128. */
  CodePoints ascii() {
    return new CodePoints(
        ranges.stream()
            .filter(range -> range.from() < 0x80)
            .map(range -> new Range(range.from(), Math.min(range.to(), 0x7f)))
            .toList());
  }

  CodePoints complement() {
    List<Range> sorted = new ArrayList<>(ranges);
    sorted.sort(Comparator.comparingInt(Range::from));
    List<Range> rest = new ArrayList<>();
    int next = 0;
    for (Range range : sorted) {
      if (range.from() > next) {
        rest.add(new Range(next, range.from() - 1));
      }
      next = Math.max(next, range.to() + 1);
    }
    if (next <= Character.MAX_CODE_POINT) {
      rest.add(new Range(next, Character.MAX_CODE_POINT));
    }
    return new CodePoints(rest);
  }

  /**
   * One of them as it is written in a JSON string: raw where that is allowed, escaped where it must
   * be, and in no other way.
   */
  Node inString() {
    List<Node> choices = new ArrayList<>();
    for (Range range : ranges) {
      for (int c = range.from(); c <= Math.min(range.to(), 0x1f); c++) {
        choices.add(Node.text(escape(c)));
      }
      for (int special : new int[] {'"', '\\'}) {
        if (range.from() <= special && special <= range.to()) {
          choices.add(Node.text("\\" + (char) special));
        }
      }
      raw(range.from(), range.to(), 0x20, 0x21, choices);
      raw(range.from(), range.to(), 0x23, 0x5b, choices);
      raw(range.from(), range.to(), 0x5d, Character.MAX_CODE_POINT, choices);
    }
    return choices.isEmpty() ? Node.NEVER : Node.alt(choices);
  }

  private static void raw(int from, int to, int low, int high, List<Node> choices) {
    if (Math.max(from, low) <= Math.min(to, high)) {
      choices.add(Utf8.range(Math.max(from, low), Math.min(to, high)));
    }
  }

  private static String escape(int control) {
    return switch (control) {
      case '\b' -> "\\b";
      case '\f' -> "\\f";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> "\\u%04x".formatted(control);
    };
  }
}
