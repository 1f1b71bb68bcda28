package dev.millrace.reward.function;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * How little a completion repeats itself: the share of its runs of {@code words} (4) words that are
 * different ones, 1 when none comes twice. A completion of fewer words has 1.
 */
record RepetitionReward(int words) implements UnitReward {

  static RepetitionReward from(Options options) {
    return new RepetitionReward(options.integer("words", 1, 50).orElse(4));
  }

  @Override
  public double score(RewardInput input) {
    List<String> all = Words.of(input.text());
    int runs = all.size() - words + 1;
    if (runs < 1) {
      return 1;
    }
    Set<List<String>> different = new HashSet<>();
    for (int i = 0; i < runs; i++) {
      different.add(all.subList(i, i + words));
    }
    return (double) different.size() / runs;
  }
}
