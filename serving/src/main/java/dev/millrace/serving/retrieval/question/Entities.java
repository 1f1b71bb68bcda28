package dev.millrace.serving.retrieval.question;

import dev.millrace.serving.text.Terms;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a question is about: names of code, quoted words, capitalised names inside it; where it has
 * none of those, its words without those of asking.
 */
final class Entities {

  private static final Pattern NAMED =
      Pattern.compile(
          "[\"“„«`]([^\"”“»`]{2,80})[\"”“»`]" // quoted
              + "|([\\p{L}\\p{N}_]+(?:[=._:/-]+[\\p{L}\\p{N}_]+)+)" // a.b, a=b, a-b
              + "|((?<=[\\p{L}\\p{N},;] )\\p{Lu}[\\p{L}\\p{N}]+(?: \\p{Lu}[\\p{L}\\p{N}]+)*)");

  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{M}\\p{N}]+");

  private Entities() {}

  /** In the order of the text, each once. */
  static List<String> of(String question) {
    List<String> named = named(question);
    return named.isEmpty() ? words(question) : named;
  }

  /** What is asked of the names in a question: its other words; none if it has no names. */
  static List<String> besides(String question) {
    List<String> named = named(question);
    Set<String> terms = new HashSet<>();
    named.forEach(name -> terms.addAll(Terms.of(name)));
    return named.isEmpty()
        ? List.of()
        : words(question).stream().filter(word -> !terms.containsAll(Terms.of(word))).toList();
  }

  private static List<String> words(String question) {
    return WORD.matcher(question)
        .results()
        .map(MatchResult::group)
        .filter(word -> !Terms.asked(word).isEmpty())
        .distinct()
        .toList();
  }

  private static List<String> named(String question) {
    Set<String> found = new LinkedHashSet<>();
    Matcher named = NAMED.matcher(question);
    while (named.find()) {
      for (int group = 1; group <= named.groupCount(); group++) {
        if (named.group(group) != null && !Terms.asked(named.group(group)).isEmpty()) {
          found.add(named.group(group));
        }
      }
    }
    return List.copyOf(found);
  }
}
