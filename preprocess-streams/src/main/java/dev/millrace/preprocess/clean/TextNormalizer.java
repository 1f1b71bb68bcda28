package dev.millrace.preprocess.clean;

import com.ibm.icu.text.Normalizer2;

/**
 * One form for every text: NFKC, no control or invisible characters, no runs of white space. Broken
 * surrogates become U+FFFD, so the result can always be written as UTF-8.
 */
final class TextNormalizer {

  private static final Normalizer2 NFKC = Normalizer2.getNFKCInstance();

  private TextNormalizer() {}

  /** Running text: runs of blanks become one, line breaks stay, blank lines go. */
  static String prose(String text) {
    String normal = normalize(text);
    var out = new StringBuilder(normal.length());
    boolean blank = false;
    boolean line = false;
    for (int i = 0; i < normal.length(); i++) {
      char c = normal.charAt(i);
      if (c == '\n') {
        line = true;
      } else if (c == ' ' || c == '\t') {
        blank = true;
      } else {
        if (!out.isEmpty() && line) {
          out.append('\n');
        } else if (!out.isEmpty() && blank) {
          out.append(' ');
        }
        blank = false;
        line = false;
        out.append(c);
      }
    }
    return out.toString();
  }

  /** One line: line breaks become blanks. */
  static String line(String text) {
    return prose(text).replace('\n', ' ');
  }

  /** Preformatted text: indentation and single blank lines stay, trailing blanks go. */
  static String code(String text) {
    String normal = normalize(text);
    var out = new StringBuilder(normal.length());
    int lineBreaks = 0;
    for (String line : (Iterable<String>) normal.lines()::iterator) {
      String stripped = line.stripTrailing();
      if (!stripped.isEmpty()) {
        if (!out.isEmpty()) {
          out.append("\n".repeat(Math.min(2, lineBreaks)));
        }
        out.append(stripped);
        lineBreaks = 0;
      }
      lineBreaks++;
    }
    return out.toString();
  }

  /** NFKC without control and invisible characters; white space becomes blank, tab or newline. */
  private static String normalize(String text) {
    if (isPlain(text)) {
      return text;
    }
    String visible = visible(text);
    return NFKC.isNormalized(visible) ? visible : NFKC.normalize(visible);
  }

  private static boolean isPlain(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c < ' ' && c != '\n' && c != '\t') || c > '~') {
        return false;
      }
    }
    return true;
  }

  private static String visible(String text) {
    var out = new StringBuilder(text.length());
    int length = text.length();
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < length
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        out.append(c).append(text.charAt(++i));
      } else if (Character.isSurrogate(c)) {
        out.append('\uFFFD');
      } else if (c == '\r') {
        boolean windows = i + 1 < length && text.charAt(i + 1) == '\n';
        out.append(windows ? "" : "\n");
      } else if (isLineBreak(c)) {
        out.append('\n');
      } else if (isBlank(c)) {
        out.append(' ');
      } else if (!isInvisible(c)) {
        out.append(c);
      }
    }
    return out.toString();
  }

  private static boolean isLineBreak(char c) {
    return c == '\u000B' || c == '\f' || c == '\u0085' || c == '\u2028' || c == '\u2029';
  }

  private static boolean isBlank(char c) {
    return c == '\u00A0' || Character.getType(c) == Character.SPACE_SEPARATOR;
  }

  /** Joiners stay: Persian and emoji need them. */
  private static boolean isInvisible(char c) {
    if (c < ' ' || (c >= 0x7F && c < 0xA0)) {
      return c != '\n' && c != '\t';
    }
    return c == '\u00AD'
        || c == '\u200B'
        || c == '\u200E'
        || c == '\u200F'
        || (c >= '\u202A' && c <= '\u202E')
        || (c >= '\u2060' && c <= '\u206F')
        || c == '\uFEFF'
        || c >= '\uFFFE';
  }
}
