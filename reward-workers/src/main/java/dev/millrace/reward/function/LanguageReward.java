package dev.millrace.reward.function;

import com.github.pemistahl.lingua.api.IsoCode639_1;
import com.github.pemistahl.lingua.api.Language;
import com.github.pemistahl.lingua.api.LanguageDetector;
import com.github.pemistahl.lingua.api.LanguageDetectorBuilder;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * 1 when the completion is written in a language, else 0. Options: {@code language} (required, ISO
 * 639-1); {@code among}: the languages that it is told apart from (twelve large ones); {@code
 * part}.
 */
record LanguageReward(Language wanted, LanguageDetector detector, Part part) implements UnitReward {

  private static final List<String> AMONG =
      List.of("en", "de", "fr", "es", "it", "pt", "nl", "ru", "zh", "ja", "ko", "ar");

  static LanguageReward from(Options options) {
    String code =
        options
            .text("language")
            .orElseThrow(() -> new IllegalArgumentException("option 'language' is missing"));
    Set<Language> candidates = new TreeSet<>();
    options.texts("among", AMONG).forEach(other -> candidates.add(language("among", other)));
    Language wanted = language("language", code);
    candidates.add(wanted);
    if (candidates.size() < 2) {
      throw new IllegalArgumentException(
          "option 'among' must name a language other than '" + code + "'");
    }
    return new LanguageReward(
        wanted,
        LanguageDetectorBuilder.fromLanguages(candidates.toArray(Language[]::new))
            .withLowAccuracyMode()
            .build(),
        options.choice("part", Part.class, Part.ALL));
  }

  private static Language language(String option, String code) {
    try {
      return Language.getByIsoCode639_1(IsoCode639_1.valueOf(code.toUpperCase(Locale.ROOT)));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "option '%s' holds '%s', which is not a known ISO 639-1 code".formatted(option, code), e);
    }
  }

  @Override
  public double score(RewardInput input) {
    Optional<String> judged = part.of(input.text());
    return judged.isPresent() && detector.detectLanguageOf(judged.get()) == wanted ? 1 : 0;
  }
}
