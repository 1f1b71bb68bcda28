package dev.millrace.learner.algorithm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class GroupAdvantagesTest {

  private static final double[] REWARDS = {1, 0, 0, 1, 0, 0, 0, 0};
  private static final List<UnaryOperator<double[]>> ALL =
      List.of(
          rewards -> GroupAdvantages.normalised(rewards, 1e-6),
          GroupAdvantages::centred,
          GroupAdvantages::leaveOneOut);

  @Test
  void each_estimator_gives_its_published_numbers() {
    double[][] expected = {{1.620182, -0.540061}, {0.75, -0.25}, {0.857143, -0.285714}};
    for (int k = 0; k < 3; k++) {
      double[] advantages = ALL.get(k).apply(REWARDS);
      for (int i = 0; i < REWARDS.length; i++) {
        assertThat(advantages[i]).isCloseTo(expected[k][REWARDS[i] == 1 ? 0 : 1], within(1e-5));
      }
    }
  }

  @Test
  void a_large_eps_shrinks_normalised_advantages() {
    double std = Math.sqrt(0.5);
    assertThat(GroupAdvantages.normalised(new double[] {1, 0}, 0.5))
        .containsExactly(new double[] {0.5 / (std + 0.5), -0.5 / (std + 0.5)}, within(1e-12));
  }

  @Test
  void equal_rewards_and_groups_of_one_have_no_advantage() {
    for (UnaryOperator<double[]> estimator : ALL) {
      assertThat(estimator.apply(new double[] {0.1, 0.1, 0.1})).containsOnly(0);
      assertThat(estimator.apply(new double[] {7})).containsOnly(0);
    }
    assertThat(GroupAdvantages.normalised(new double[] {0.1, 0.1, 0.1}, 0)).containsOnly(0);
    assertThat(GroupAdvantages.equal(new double[] {0.1, 0.1})).isTrue();
    assertThat(GroupAdvantages.equal(REWARDS)).isFalse();
  }

  @Test
  void advantages_do_not_move_with_a_shift_of_the_rewards() {
    var random = new SplittableRandom(1);
    for (UnaryOperator<double[]> estimator : ALL) {
      double[] rewards = random.doubles(6).toArray();
      double[] shifted = Arrays.stream(rewards).map(r -> r + 100).toArray();
      assertThat(estimator.apply(shifted)).containsExactly(estimator.apply(rewards), within(1e-9));
    }
  }

  @Test
  void leave_one_out_compares_with_the_mean_of_the_others() {
    double[] rewards = {3, 1, 4, 1.5};
    double[] advantages = GroupAdvantages.leaveOneOut(rewards);
    for (int i = 0; i < rewards.length; i++) {
      double others = (Arrays.stream(rewards).sum() - rewards[i]) / (rewards.length - 1);
      assertThat(advantages[i]).isCloseTo(rewards[i] - others, within(1e-12));
    }
  }
}
