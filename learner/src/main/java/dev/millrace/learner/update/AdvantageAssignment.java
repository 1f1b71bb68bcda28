package dev.millrace.learner.update;

import dev.millrace.learner.algorithm.AdvantageSettings;
import dev.millrace.learner.algorithm.GeneralisedAdvantages;
import dev.millrace.learner.algorithm.KlDivergence;
import dev.millrace.learner.algorithm.KlPlace;
import dev.millrace.learner.algorithm.KlSettings;
import dev.millrace.learner.algorithm.TokenReturns;
import dev.millrace.learner.algorithm.Whitening;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Gives every token of every row its advantage, and every row of a critic its returns. */
final class AdvantageAssignment {

  private final AdvantageSettings settings;
  private final KlSettings kl;
  private final ShapedReward reward;

  AdvantageAssignment(AlgorithmSettings settings) {
    this.settings = settings.advantage();
    this.kl = settings.kl();
    this.reward = new ShapedReward(settings.overlong());
  }

  /**
   * @param groups the rows of each prompt; those that do not count are among them, since their
   *     rewards are part of what the others are compared with
   * @param counting the rows that count
   */
  void assign(List<List<TrainingRow>> groups, List<TrainingRow> counting) {
    if (settings.estimator().relativeToGroup()) {
      groups.forEach(this::relative);
    } else {
      counting.forEach(this::alongTokens);
    }
    List<double[]> advantages = new ArrayList<>(counting.size());
    counting.forEach(row -> advantages.add(row.advantages()));
    if (settings.whiten()) {
      Whitening.apply(advantages);
    }
    for (double[] array : advantages) {
      for (int t = 0; t < array.length; t++) {
        array[t] *= settings.scale();
      }
    }
  }

  private void relative(List<TrainingRow> group) {
    double[] rewards =
        group.stream()
            .mapToDouble(row -> reward.of(row.sample()) - Arrays.stream(penalties(row)).sum())
            .toArray();
    double[] advantages = settings.ofGroup(rewards);
    for (int i = 0; i < advantages.length; i++) {
      group.get(i).advantage(advantages[i]);
    }
  }

  private void alongTokens(TrainingRow row) {
    double[] rewards = penalties(row);
    for (int t = 0; t < rewards.length; t++) {
      rewards[t] = -rewards[t];
    }
    rewards[rewards.length - 1] += reward.of(row.sample());
    boolean[] all = new boolean[rewards.length];
    Arrays.fill(all, true);
    if (row.values() == null) {
      row.advantages(TokenReturns.of(rewards, all, settings.gamma()));
      return;
    }
    double[] values = new double[rewards.length];
    float[] returns = new float[rewards.length];
    Arrays.setAll(values, t -> row.values()[t]);
    double[] advantages =
        GeneralisedAdvantages.of(rewards, values, all, settings.gamma(), settings.lambda());
    for (int t = 0; t < returns.length; t++) {
      returns[t] = (float) (advantages[t] + values[t]);
    }
    row.advantages(advantages);
    row.returns(returns);
  }

  // beta times the divergence of each token, where it is taken from the reward.
  private double[] penalties(TrainingRow row) {
    double[] out = new double[row.tokens()];
    if (kl.place() == KlPlace.REWARD) {
      for (int t = 0; t < out.length; t++) {
        out[t] = kl.beta() * KlDivergence.of(kl.estimator(), row.start()[t], row.reference()[t]);
      }
    }
    return out;
  }
}
