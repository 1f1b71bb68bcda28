package dev.millrace.reward.function;

import dev.millrace.contracts.avro.Message;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How well a completion's citations hold. Passages stand in the prompt, each on lines that begin
 * with its number in brackets ({@code [1] text}, up to the next number or an empty line); a
 * completion cites {@code [1]} behind a sentence. The score is the share of sentences whose cited
 * passages hold at least {@code coverage} (0.5) of their words; a sentence without a citation does
 * not count as supported, and a completion without a sentence has 0. A number that no passage has
 * supports nothing. Words of fewer than {@code min-letters} (3) letters do not count.
 */
record CitationReward(double coverage, int minLetters) implements UnitReward {

  private static final Pattern PASSAGE =
      Pattern.compile("(?ms)^\\[(\\d{1,4})]\\s*(.*?)(?=^\\[\\d{1,4}]|^\\s*$|\\z)");
  private static final Pattern SENTENCE =
      Pattern.compile("[^.!?\\n]+(?:[.!?]+|\\n|$)((?:\\s*\\[\\d{1,4}])*)");
  private static final Pattern CITATION = Pattern.compile("\\[(\\d{1,4})]");

  static CitationReward from(Options options) {
    double coverage = options.amount("coverage", new java.math.BigDecimal("0.5")).doubleValue();
    if (coverage > 1) {
      throw new IllegalArgumentException(
          "option 'coverage' is " + coverage + " but must be from 0 to 1");
    }
    return new CitationReward(coverage, options.integer("min-letters", 1, 20).orElse(3));
  }

  @Override
  public double score(RewardInput input) {
    Map<String, Set<String>> passages = passages(input.messages());
    int sentences = 0;
    int supported = 0;
    Matcher matcher = SENTENCE.matcher(input.text());
    while (matcher.find()) {
      Set<String> words = counted(CITATION.matcher(matcher.group()).replaceAll(" "));
      if (words.isEmpty()) {
        continue;
      }
      sentences++;
      Set<String> cited = new HashSet<>();
      Matcher citation = CITATION.matcher(matcher.group());
      while (citation.find()) {
        cited.addAll(passages.getOrDefault(citation.group(1), Set.of()));
      }
      long held = words.stream().filter(cited::contains).count();
      supported += !cited.isEmpty() && held >= coverage * words.size() ? 1 : 0;
    }
    return sentences == 0 ? 0 : (double) supported / sentences;
  }

  private Map<String, Set<String>> passages(List<Message> messages) {
    Map<String, Set<String>> passages = new HashMap<>();
    for (Message message : messages) {
      Matcher matcher = PASSAGE.matcher(message.getContent());
      while (matcher.find()) {
        passages
            .computeIfAbsent(matcher.group(1), number -> new HashSet<>())
            .addAll(counted(matcher.group(2)));
      }
    }
    return passages;
  }

  private Set<String> counted(String text) {
    Set<String> words = new HashSet<>(Words.of(text));
    words.removeIf(word -> word.length() < minLetters && !Character.isDigit(word.charAt(0)));
    return words;
  }
}
