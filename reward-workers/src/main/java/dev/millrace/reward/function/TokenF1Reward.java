package dev.millrace.reward.function;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The F1 of the words that completion and answer share, as SQuAD counts it (Rajpurkar et al. 2016):
 * 1 when both have the same words, 0 when none is shared. Option: {@code part}.
 */
record TokenF1Reward(Part part) implements UnitReward {

  static TokenF1Reward from(Options options) {
    return new TokenF1Reward(options.choice("part", Part.class, Part.ALL));
  }

  @Override
  public boolean needsAnswer() {
    return true;
  }

  @Override
  public double score(RewardInput input) {
    Optional<String> said = part.of(input.text());
    return said.isEmpty() ? 0 : f1(Words.of(said.get()), Words.of(input.reference()));
  }

  static double f1(List<String> said, List<String> wanted) {
    if (said.isEmpty() || wanted.isEmpty()) {
      return said.isEmpty() && wanted.isEmpty() ? 1 : 0;
    }
    Map<String, Integer> left = new HashMap<>();
    wanted.forEach(word -> left.merge(word, 1, Integer::sum));
    int shared = 0;
    for (String word : said) {
      if (left.merge(word, -1, Integer::sum) >= 0) {
        shared++;
      }
    }
    return 2.0 * shared / (said.size() + wanted.size());
  }
}
