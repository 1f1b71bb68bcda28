package dev.millrace.preprocess.clean;

import java.lang.Character.UnicodeScript;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/** Scripts that only one of the common languages is written in. */
final class Scripts {

  private static final Map<UnicodeScript, String> LANGUAGES =
      Map.of(
          UnicodeScript.HANGUL, "ko",
          UnicodeScript.HIRAGANA, "ja",
          UnicodeScript.KATAKANA, "ja",
          UnicodeScript.HAN, "zh",
          UnicodeScript.THAI, "th",
          UnicodeScript.GREEK, "el",
          UnicodeScript.HEBREW, "he",
          UnicodeScript.ARMENIAN, "hy",
          UnicodeScript.GEORGIAN, "ka");

  private Scripts() {}

  /** Whether texts in this language are told by script alone. */
  static boolean decides(String language) {
    return LANGUAGES.containsValue(language);
  }

  /**
   * The language that a script gives away, when it makes up at least {@code share} of the letters.
   * Japanese mixes its syllabaries with Han characters: a few of them decide.
   */
  static Optional<String> languageOf(String text, double share) {
    Map<UnicodeScript, Integer> counts = new EnumMap<>(UnicodeScript.class);
    int[] letters = {0};
    text.codePoints()
        .filter(Character::isLetter)
        .forEach(
            c -> {
              letters[0]++;
              counts.merge(UnicodeScript.of(c), 1, Integer::sum);
            });
    int kana =
        counts.getOrDefault(UnicodeScript.HIRAGANA, 0)
            + counts.getOrDefault(UnicodeScript.KATAKANA, 0);
    int han = counts.getOrDefault(UnicodeScript.HAN, 0);
    double enough = Math.max(1, share * letters[0]);
    if (kana > 0 && kana >= 0.05 * (kana + han) && kana + han >= enough) {
      return Optional.of("ja");
    }
    return counts.entrySet().stream()
        .filter(entry -> LANGUAGES.containsKey(entry.getKey()))
        .filter(entry -> entry.getValue() >= enough)
        .max(Map.Entry.comparingByValue())
        .map(entry -> LANGUAGES.get(entry.getKey()));
  }
}
