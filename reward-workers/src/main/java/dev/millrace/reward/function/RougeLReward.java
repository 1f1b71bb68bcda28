package dev.millrace.reward.function;

import java.util.List;
import java.util.Optional;

/**
 * ROUGE-L (Lin 2004): the F1 of the longest common subsequence of words of completion and answer.
 * Options: {@code part}; {@code max-words} (2000): the words of either that are compared, because
 * the work grows with their product.
 */
record RougeLReward(Part part, int maxWords) implements UnitReward {

  static RougeLReward from(Options options) {
    return new RougeLReward(
        options.choice("part", Part.class, Part.ALL),
        options.integer("max-words", 1, 20_000).orElse(2_000));
  }

  @Override
  public boolean needsAnswer() {
    return true;
  }

  @Override
  public double score(RewardInput input) {
    Optional<String> said = part.of(input.text());
    return said.isEmpty() ? 0 : f1(cut(Words.of(said.get())), cut(Words.of(input.reference())));
  }

  private List<String> cut(List<String> words) {
    return words.subList(0, Math.min(maxWords, words.size()));
  }

  static double f1(List<String> said, List<String> wanted) {
    if (said.isEmpty() || wanted.isEmpty()) {
      return said.isEmpty() && wanted.isEmpty() ? 1 : 0;
    }
    return 2.0 * longestCommon(said, wanted) / (said.size() + wanted.size());
  }

  private static int longestCommon(List<String> a, List<String> b) {
    int[] row = new int[b.size() + 1];
    for (String word : a) {
      int diagonal = 0;
      for (int j = 1; j <= b.size(); j++) {
        int above = row[j];
        row[j] = word.equals(b.get(j - 1)) ? diagonal + 1 : Math.max(above, row[j - 1]);
        diagonal = above;
      }
      if (Thread.currentThread().isInterrupted()) {
        throw new RewardException("reward-timeout", "interrupted while comparing");
      }
    }
    return row[b.size()];
  }
}
