package dev.millrace.learner.algorithm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TokenAdvantagesTest {

  private static final boolean[] ALL = {true, true, true, true};

  @Test
  void a_terminal_reward_gives_the_published_advantages() {
    double[] advantages =
        GeneralisedAdvantages.of(
            new double[] {0, 0, 0, 1}, new double[] {0.5, 0.5, 0.5, 0.5}, ALL, 1, 0.95);

    assertThat(advantages)
        .containsExactly(new double[] {0.428687, 0.45125, 0.475, 0.5}, within(1e-6));
  }

  @Test
  void masked_tokens_are_as_if_they_were_not_there() {
    double[] whole =
        GeneralisedAdvantages.of(
            new double[] {0, 9, 0, 9, 9, 1},
            new double[] {0.4, 7, 0.3, 8, -7, 0.2},
            new boolean[] {true, false, true, false, false, true},
            0.9,
            0.8);
    double[] without =
        GeneralisedAdvantages.of(
            new double[] {0, 0, 1},
            new double[] {0.4, 0.3, 0.2},
            new boolean[] {true, true, true},
            0.9,
            0.8);

    assertThat(whole).containsExactly(without[0], 0, without[1], 0, 0, without[2]);
    assertThat(TokenReturns.of(new double[] {1, 9, 2}, new boolean[] {true, false, true}, 0.5))
        .containsExactly(2, 0, 2);
  }

  @Test
  void lambda_one_is_the_return_less_the_value_and_lambda_zero_one_step() {
    var random = new SplittableRandom(2);
    double[] rewards = random.doubles(4).toArray();
    double[] values = random.doubles(4).toArray();
    double[] returns = TokenReturns.of(rewards, ALL, 0.9);

    double[] far = GeneralisedAdvantages.of(rewards, values, ALL, 0.9, 1);
    double[] near = GeneralisedAdvantages.of(rewards, values, ALL, 0.9, 0);

    for (int t = 0; t < 4; t++) {
      double next = t == 3 ? 0 : values[t + 1];
      assertThat(far[t]).isCloseTo(returns[t] - values[t], within(1e-12));
      assertThat(near[t]).isCloseTo(rewards[t] + 0.9 * next - values[t], within(1e-12));
    }
  }

  @Test
  void whitened_numbers_have_mean_zero_and_unbiased_variance_one() {
    List<double[]> arrays =
        List.of(new double[] {1, 2, 4}, new double[] {8}, new double[] {16, 32});

    Whitening.apply(arrays);

    double[] all = arrays.stream().flatMapToDouble(Arrays::stream).toArray();
    double squares = Arrays.stream(all).map(x -> x * x).sum();
    assertThat(Arrays.stream(all).sum()).isCloseTo(0, within(1e-12));
    assertThat(squares / 5).isCloseTo(1, within(1e-9));
    double[] close = {0, 1e-4};
    Whitening.apply(List.of(close));
    assertThat(close[1]).isCloseTo(0.5e-4 / Math.sqrt(0.5e-8 + 1e-8), within(1e-9));

    double[] alone = {5};
    Whitening.apply(List.of(alone));
    assertThat(alone[0]).isZero();
    Whitening.apply(List.of());
  }

  @Test
  void whitened_returns_do_not_move_with_a_shift_of_the_rewards() {
    double[][] returns = new double[2][];
    for (int shift = 0; shift < 2; shift++) {
      double[] one = TokenReturns.of(new double[] {0, 0.3 + shift}, new boolean[] {true, true}, 1);
      double[] other = TokenReturns.of(new double[] {0.9 + shift}, new boolean[] {true}, 1);
      Whitening.apply(List.of(one, other));
      returns[shift] = new double[] {one[0], one[1], other[0]};
    }
    assertThat(returns[1]).containsExactly(returns[0], within(1e-9));
  }

  @Test
  void answers_near_their_limit_are_penalised_as_published() {
    int[] lengths = {1, 16_384, 18_432, 20_480, 20_481, 90_000};
    double[] expected = {0, 0, -0.5, -1, -1, -1};
    for (int i = 0; i < lengths.length; i++) {
      assertThat(OverlongPenalty.of(lengths[i], 20_480, 4_096)).isEqualTo(expected[i]);
    }
  }

  @Test
  void aggregations_weigh_tokens_as_published() {
    double[] expected = {1.666667, 1.5, 5, 0.625};
    for (Aggregation aggregation : Aggregation.values()) {
      TokenWeights weights = new TokenWeights(aggregation, 2, 6, 8);
      double loss = 2 * weights.of(2) * 1 + 4 * weights.of(4) * 2;
      assertThat(loss).isCloseTo(expected[aggregation.ordinal()], within(1e-6));
    }
  }
}
