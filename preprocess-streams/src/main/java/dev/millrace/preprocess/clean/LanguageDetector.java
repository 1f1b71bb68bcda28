package dev.millrace.preprocess.clean;

import com.github.pemistahl.lingua.api.IsoCode639_1;
import com.github.pemistahl.lingua.api.Language;
import com.github.pemistahl.lingua.api.LanguageDetectorBuilder;
import dev.millrace.preprocess.document.Block;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Tells the language of a document from the first of its prose. Scripts that belong to one language
 * decide at once; the rest is told by trigrams (Lingua, low accuracy: its models for eight
 * languages take a tenth of the memory of the full ones), loaded when the first document needs
 * them.
 */
final class LanguageDetector {

  private static final int SAMPLE = 300;
  private static final double LEAST_SHARE = 0.3;

  /** A guess that hardly beats the next is no answer: very short texts stay without a language. */
  private static final double LEAST_DISTANCE = 0.05;

  private final Set<String> candidates;
  private final Set<Language> latin = new HashSet<>();
  private com.github.pemistahl.lingua.api.LanguageDetector trigrams;

  /**
   * @param candidates ISO 639-1 codes; none: nothing is detected
   * @throws IllegalArgumentException when a code is not known
   */
  LanguageDetector(List<String> candidates) {
    this.candidates = Set.copyOf(candidates);
    for (String code : candidates) {
      latin.add(language(code));
    }
    latin.removeIf(language -> Scripts.decides(code(language)));
  }

  private static Language language(String code) {
    try {
      return Language.getByIsoCode639_1(IsoCode639_1.valueOf(code.toUpperCase(Locale.ROOT)));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "languages holds '" + code + "', which is not a known ISO 639-1 code", e);
    }
  }

  private static String code(Language language) {
    return language.getIsoCode639_1().toString().toLowerCase(Locale.ROOT);
  }

  /** ISO 639-1 code of the language; empty when it cannot be told. */
  Optional<String> detect(List<CleanedDocument.Span> spans) {
    if (candidates.isEmpty()) {
      return Optional.empty();
    }
    String sample = sample(spans);
    Optional<String> byScript =
        Scripts.languageOf(sample, LEAST_SHARE).filter(candidates::contains);
    if (byScript.isPresent() || latin.isEmpty()) {
      return byScript;
    }
    if (latin.size() == 1) {
      return Optional.of(code(latin.iterator().next()));
    }
    Language found = detector().detectLanguageOf(sample);
    return found == Language.UNKNOWN ? Optional.empty() : Optional.of(code(found));
  }

  /** The first of the prose; code and tables only where there is nothing else. */
  private static String sample(List<CleanedDocument.Span> spans) {
    var sample = new StringBuilder();
    collect(spans, sample, true);
    if (sample.length() < 40) {
      collect(spans, sample, false);
    }
    return sample.toString();
  }

  private static void collect(
      List<CleanedDocument.Span> spans, StringBuilder sample, boolean prose) {
    for (var span : spans) {
      boolean isProse =
          span.block() instanceof Block.Paragraph || span.block() instanceof Block.ListItem;
      if (isProse == prose) {
        String text = span.block().text();
        sample.append(text, 0, Math.min(SAMPLE - sample.length(), text.length())).append(' ');
        if (sample.length() >= SAMPLE) {
          return;
        }
      }
    }
  }

  private synchronized com.github.pemistahl.lingua.api.LanguageDetector detector() {
    if (trigrams == null) {
      trigrams =
          LanguageDetectorBuilder.fromLanguages(latin.toArray(Language[]::new))
              .withLowAccuracyMode()
              .withMinimumRelativeDistance(LEAST_DISTANCE)
              .build();
    }
    return trigrams;
  }
}
