package dev.millrace.preprocess.clean;

import java.util.List;

/**
 * The rules of cleaning.
 *
 * @param redact whether personal data are replaced
 * @param phoneRegion region whose phone numbers are known without a country code, such as {@code
 *     US}; {@code ZZ}: international numbers only
 * @param minChars fewest characters of a document
 * @param maxReplacementRatio most U+FFFD among its characters
 * @param maxSymbolRatio most characters that are neither letter nor digit nor white space, in texts
 *     that are long enough to tell
 * @param maxRepetition most of a long text that may repeat what stood before
 * @param languages candidates of the detection, ISO 639-1; none: no detection
 * @param allowedLanguages what is let through, ISO 639-1; none: everything
 */
public record CleanSettings(
    boolean redact,
    String phoneRegion,
    int minChars,
    double maxReplacementRatio,
    double maxSymbolRatio,
    double maxRepetition,
    List<String> languages,
    List<String> allowedLanguages) {

  /** No redaction, nothing rejected but the empty and the garbled, eight languages told apart. */
  public static final CleanSettings DEFAULT =
      new CleanSettings(
          false,
          "ZZ",
          1,
          0.1,
          0.9,
          0.95,
          List.of("en", "de", "fr", "es", "it", "pt", "nl", "zh", "ja", "ko", "ru"),
          List.of());

  public CleanSettings {
    if (minChars < 1) {
      throw new IllegalArgumentException("min-chars must be 1 or more: " + minChars);
    }
    ratio("max-replacement-ratio", maxReplacementRatio);
    ratio("max-symbol-ratio", maxSymbolRatio);
    ratio("max-repetition", maxRepetition);
    languages = List.copyOf(languages);
    allowedLanguages = List.copyOf(allowedLanguages);
  }

  private static void ratio(String name, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException(name + " must be from 0 to 1: " + value);
    }
  }
}
