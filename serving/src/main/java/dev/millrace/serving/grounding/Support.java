package dev.millrace.serving.grounding;

import dev.millrace.serving.retrieval.Passage;
import dev.millrace.serving.retrieval.Range;
import dev.millrace.serving.text.SentenceSplitter;
import dev.millrace.serving.text.Terms;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Judges whether a passage supports a sentence: it has to hold a part of the sentence's content
 * words, and every number in it. This finds citations of the wrong passage and made-up figures; it
 * does not find a sentence that turns the same words into their opposite.
 */
final class Support {

  private static final Pattern NUMBER = Pattern.compile("\\p{Nd}+(?:[.,:]\\p{Nd}+)*");
  private static final Pattern LIST_NUMBER = Pattern.compile("^\\s*\\p{Nd}{1,3}[.)]\\s");

  private final double threshold;

  /**
   * @param threshold part of the content words, 0 to 1
   */
  Support(double threshold) {
    this.threshold = threshold;
  }

  /** The range of the passage's document that supports the sentence best; empty if none does. */
  Optional<Range> of(String sentence, Passage passage) {
    String said = LIST_NUMBER.matcher(sentence).replaceFirst("");
    Set<String> asked = Terms.asked(said);
    Set<String> held = held(passage);
    if (asked.isEmpty() || share(asked, held) < threshold || !holdsNumbers(said, passage)) {
      return Optional.empty();
    }
    return Optional.of(quote(asked, passage));
  }

  private static Set<String> held(Passage passage) {
    Set<String> held = new HashSet<>(Terms.of(passage.text()));
    passage.headings().forEach(h -> held.addAll(Terms.of(h)));
    if (passage.title() != null) {
      held.addAll(Terms.of(passage.title()));
    }
    return held;
  }

  private static boolean holdsNumbers(String said, Passage passage) {
    Set<String> known = numbers(passage.text());
    known.addAll(numbers(String.join(" ", passage.headings())));
    known.addAll(numbers(passage.title() == null ? "" : passage.title()));
    return known.containsAll(numbers(said));
  }

  private static Set<String> numbers(String text) {
    Set<String> numbers = new HashSet<>();
    NUMBER.matcher(text).results().map(MatchResult::group).forEach(numbers::add);
    return numbers;
  }

  private static double share(Set<String> asked, Set<String> held) {
    return (double) asked.stream().filter(held::contains).count() / asked.size();
  }

  /** The sentence of the passage that holds most of the words; the shorter among equals. */
  private static Range quote(Set<String> asked, Passage passage) {
    List<SentenceSplitter.Range> sentences = SentenceSplitter.split(passage.text());
    SentenceSplitter.Range best = null;
    double bestShare = -1;
    for (SentenceSplitter.Range range : sentences) {
      double share = share(asked, Terms.of(passage.text().substring(range.start(), range.end())));
      boolean shorter = best != null && range.end() - range.start() < best.end() - best.start();
      if (share > bestShare || share == bestShare && shorter) {
        best = range;
        bestShare = share;
      }
    }
    return best == null
        ? passage.range()
        : new Range(passage.start() + best.start(), passage.start() + best.end());
  }
}
