package dev.millrace.models.embedding;

/** What kind of character a code point is, as far as words are concerned. */
final class Script {

  private static final int FIRST_CJK = 0x1100;

  private Script() {}

  /** Han, kana and Hangul: written without spaces, or with spaces that do not end words. */
  static boolean isCjk(int c) {
    if (c < FIRST_CJK) {
      return false;
    }
    return switch (Character.UnicodeScript.of(c)) {
      case HAN, HIRAGANA, KATAKANA, HANGUL, BOPOMOFO -> true;
      default -> false;
    };
  }

  /** Letters, digits and the marks that combine with them. */
  static boolean isWordPart(int c) {
    if (c < 0x80) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }
    if (Character.isLetterOrDigit(c)) {
      return true;
    }
    int type = Character.getType(c);
    return type == Character.NON_SPACING_MARK || type == Character.COMBINING_SPACING_MARK;
  }

  /** White space and everything that leaves no ink. */
  static boolean isSpace(int c) {
    return c <= ' '
        || Character.isWhitespace(c)
        || Character.isSpaceChar(c)
        || Character.isISOControl(c)
        || Character.getType(c) == Character.FORMAT;
  }
}
