package dev.millrace.preprocess.clean;

import dev.millrace.preprocess.document.Reason;
import dev.millrace.preprocess.document.RejectedException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * What a text must be like to be worth an index. The defaults let every ordinary document through,
 * one sentence in any script included: ratios are asked of long texts only.
 */
final class QualityRules {

  private static final int LONG_ENOUGH_FOR_SYMBOLS = 200;
  private static final int LONG_ENOUGH_FOR_REPETITION = 2_000;
  private static final int SHINGLE = 32;

  private final CleanSettings settings;

  QualityRules(CleanSettings settings) {
    this.settings = settings;
  }

  /**
   * @throws RejectedException with the first rule that {@code text} breaks
   */
  void check(String text) {
    int length = text.codePointCount(0, text.length());
    if (length < settings.minChars()) {
      throw new RejectedException(
          Reason.TOO_SHORT, length + " characters, " + settings.minChars() + " are wanted");
    }
    long replaced = text.codePoints().filter(c -> c == 0xFFFD).count();
    limit(Reason.GARBLED, "cannot be decoded", replaced, length, settings.maxReplacementRatio());
    if (length >= LONG_ENOUGH_FOR_SYMBOLS) {
      long symbols = text.codePoints().filter(QualityRules::isSymbol).count();
      limit(
          Reason.TOO_MANY_SYMBOLS,
          "are neither letters nor digits",
          symbols,
          length,
          settings.maxSymbolRatio());
    }
    if (length >= LONG_ENOUGH_FOR_REPETITION) {
      checkRepetition(text);
    }
  }

  private static boolean isSymbol(int c) {
    return !Character.isLetterOrDigit(c)
        && !Character.isWhitespace(c)
        && Character.getType(c) != Character.NON_SPACING_MARK
        && Character.getType(c) != Character.COMBINING_SPACING_MARK;
  }

  private static void limit(Reason reason, String what, long count, long of, double most) {
    if (count > most * of) {
      throw new RejectedException(
          reason,
          String.format(
              Locale.ROOT,
              "%.0f %% of its characters %s, %.0f %% are allowed",
              100.0 * count / of,
              what,
              100 * most));
    }
  }

  /** Share of its 32-character pieces, taken at every word, that stood there before. */
  private void checkRepetition(String text) {
    Set<Long> seen = new HashSet<>();
    long pieces = 0;
    long repeated = 0;
    for (int i = 0; i + SHINGLE <= text.length(); i++) {
      boolean wordStart = i == 0 || text.charAt(i - 1) <= ' ' || i % SHINGLE == 0;
      if (wordStart) {
        pieces++;
        repeated += seen.add(hash(text, i)) ? 0 : 1;
      }
    }
    limit(
        Reason.REPETITIVE, "repeat what stood before", repeated, pieces, settings.maxRepetition());
  }

  /** FNV-1a over the piece that begins at {@code start}. */
  private static long hash(String text, int start) {
    long hash = 0xcbf29ce484222325L;
    for (int i = start; i < start + SHINGLE; i++) {
      hash = (hash ^ text.charAt(i)) * 0x100000001b3L;
    }
    return hash;
  }
}
