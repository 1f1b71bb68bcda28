package dev.millrace.serving.structured;

import java.util.function.Function;
import java.util.function.IntConsumer;

/**
 * A class in brackets, or an escape, of a regular expression. Engines differ in whether {@code \w}
 * and its kin mean letters of all scripts; so such classes, and their complements, are ASCII here,
 * where all agree.
 */
final class CharacterClass {

  private static final CodePoints DIGIT = CodePoints.of('0', '9');
  private static final CodePoints WORD = CodePoints.of('0', '9', 'A', 'Z', 'a', 'z', '_', '_');
  private static final CodePoints SPACE = CodePoints.of('\t', '\n', '\f', '\r', ' ', ' ');

  private final String pattern;
  private final Function<String, SchemaException> wrong;
  private int at;
  private boolean named;

  /**
   * @param at behind the bracket or the backslash
   */
  CharacterClass(String pattern, int at, Function<String, SchemaException> wrong) {
    this.pattern = pattern;
    this.at = at;
    this.wrong = wrong;
  }

  /** Up to the closing bracket; tells where it ended. */
  CodePoints read(IntConsumer end) {
    boolean negative = at < pattern.length() && pattern.charAt(at) == '^';
    at += negative ? 1 : 0;
    CodePoints all = CodePoints.of(new int[0]);
    while (true) {
      if (at >= pattern.length()) {
        throw wrong.apply("a '[' without its ']'");
      }
      if (pattern.charAt(at) == ']') {
        at++;
        end.accept(at);
        CodePoints others = all.complement();
        return negative ? named ? others.ascii() : others : all;
      }
      int begun = at;
      CodePoints item = item();
      boolean ranges =
          at + 1 < pattern.length() && pattern.charAt(at) == '-' && pattern.charAt(at + 1) != ']';
      if (ranges) {
        int from = single(item, begun);
        at++;
        int second = at;
        int to = single(item(), second);
        if (from > to) {
          throw wrong.apply("the range '" + pattern.substring(begun, at) + "'");
        }
        item = CodePoints.of(from, to);
      }
      all = all.or(item);
    }
  }

  private int single(CodePoints item, int begun) {
    return item.single()
        .orElseThrow(() -> wrong.apply("a range with '" + pattern.substring(begun, at) + "'"));
  }

  private CodePoints item() {
    int c = pattern.codePointAt(at);
    at += Character.charCount(c);
    return c == '\\' ? escaped(true) : CodePoints.of(c);
  }

  /** An escape outside of brackets; tells where it ended. */
  CodePoints escape(IntConsumer end) {
    CodePoints points = escaped(false);
    end.accept(at);
    return points;
  }

  private CodePoints escaped(boolean inBrackets) {
    if (at >= pattern.length()) {
      throw wrong.apply("a '\\' at its end");
    }
    char c = pattern.charAt(at++);
    return switch (c) {
      case 'd' -> named(DIGIT);
      case 'D' -> named(DIGIT.complement().ascii());
      case 'w' -> named(WORD);
      case 'W' -> named(WORD.complement().ascii());
      case 's' -> named(SPACE);
      case 'S' -> named(SPACE.complement().ascii());
      case 't' -> CodePoints.of((int) '\t');
      case 'n' -> CodePoints.of((int) '\n');
      case 'r' -> CodePoints.of((int) '\r');
      case 'f' -> CodePoints.of((int) '\f');
      case 'v' -> CodePoints.of(0x0b);
      case 'x' -> CodePoints.of(hex(2));
      case 'u' -> CodePoints.of(hex(4));
      default -> {
        if (c == 'b' && inBrackets) {
          yield CodePoints.of((int) '\b');
        }
        if (Character.isLetterOrDigit(c)) {
          throw wrong.apply("'\\" + c + "'");
        }
        yield CodePoints.of((int) c);
      }
    };
  }

  private CodePoints named(CodePoints points) {
    named = true;
    return points;
  }

  private int hex(int digits) {
    try {
      int value = Integer.parseInt(pattern, at, Math.min(pattern.length(), at + digits), 16);
      if (at + digits <= pattern.length()) {
        at += digits;
        return value;
      }
    } catch (NumberFormatException e) {
      // the same words
    }
    throw wrong.apply("an escape without its " + digits + " hexadecimal digits");
  }
}
