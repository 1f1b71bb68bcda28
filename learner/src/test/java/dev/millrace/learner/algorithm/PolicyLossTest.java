package dev.millrace.learner.algorithm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.millrace.learner.algorithm.Autograd.Formula;
import dev.millrace.learner.algorithm.Autograd.Result;
import dev.millrace.learner.algorithm.PolicyLoss.Hold;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PolicyLossTest {

  private static final int[] ONE_SEQUENCE = {0, 3};

  private static PolicyLossSettings settings(
      PolicyLossForm form, double low, double high, double dual) {
    return new PolicyLossSettings(form, low, high, dual, Aggregation.TOKEN_MEAN, 1, false);
  }

  private static final List<PolicyLossSettings> ALL =
      List.of(
          settings(PolicyLossForm.CLIP, 0.2, 0.28, 0),
          settings(PolicyLossForm.CLIP, 0.2, 0.2, 3),
          settings(PolicyLossForm.GSPO, 0.05, 0.07, 0),
          settings(PolicyLossForm.GSPO, 0.05, 0.07, 1.5),
          settings(PolicyLossForm.CISPO, 0.3, 0.5, 0),
          settings(PolicyLossForm.CISPO, 1, 4, 0),
          settings(PolicyLossForm.UNCLIPPED, 0, 0, 0));

  private static Formula formula(
      PolicyLossSettings settings, double[] old, double[] advantages, int[] offsets) {
    return (manager, l) ->
        PolicyLoss.of(settings)
            .of(
                new LossInputs(
                    manager,
                    l,
                    Autograd.doubles(manager, old),
                    Autograd.doubles(manager, advantages),
                    offsets));
  }

  private static double[] logs(double... ratios) {
    return Arrays.stream(ratios).map(Math::log).toArray();
  }

  @Test
  void the_clipped_loss_gives_the_published_numbers() {
    Result result =
        Autograd.of(
            logs(0.5, 1, 1.5),
            formula(ALL.get(1), new double[3], new double[] {1, -1, 2}, ONE_SEQUENCE));

    assertThat(result.values()).containsExactly(new double[] {-0.5, 1, -2.4}, within(1e-6));
    assertThat(Arrays.stream(result.values()).average().orElseThrow())
        .isCloseTo(-0.633333, within(1e-6));
  }

  @Test
  void a_dual_bound_limits_the_loss_of_negative_advantages_only() {
    double[] advantages = {-2, 2, -2};
    double[] ratios = {10, 10, 1};

    double[] bounded =
        Autograd.of(logs(ratios), formula(ALL.get(1), new double[3], advantages, ONE_SEQUENCE))
            .values();
    double[] free =
        Autograd.of(logs(ratios), formula(ALL.get(0), new double[3], advantages, ONE_SEQUENCE))
            .values();

    assertThat(bounded).containsExactly(new double[] {6, -2.4, 2}, within(1e-6));
    assertThat(free).containsExactly(new double[] {20, -2.56, 2}, within(1e-6));
  }

  @Test
  void gspo_has_one_ratio_a_sequence() {
    double[] l = {-0.9, -2.2, -0.4};
    double[] o = {-1, -2, -0.5};
    PolicyLossSettings gspo = settings(PolicyLossForm.GSPO, 3e-4, 4e-4, 0);

    Result result = Autograd.of(l, formula(gspo, o, new double[] {1, 1, 1}, ONE_SEQUENCE));

    assertThat(result.values()).containsExactly(new double[] {-1, -1, -1}, within(1e-9));
    for (int t = 0; t < 3; t++) {
      assertThat(LoopLosses.ratio(l[t], o[t]))
          .isCloseTo(new double[] {1.105171, 0.818731, 1.105171}[t], within(1e-6));
    }
  }

  @Test
  void cispo_gives_every_token_a_gradient_of_its_clipped_weight() {
    PolicyLossSettings cispo = settings(PolicyLossForm.CISPO, 0.2, 0.2, 0);

    double[] gradient =
        Autograd.of(
                logs(0.5, 1, 1.5),
                formula(cispo, new double[3], new double[] {1, -1, 2}, ONE_SEQUENCE))
            .gradient();

    for (int t = 0; t < 3; t++) {
      double expected = -new double[] {0.8, 1, 1.2}[t] * new double[] {1, -1, 2}[t];
      assertThat(gradient[t]).isCloseTo(expected * Autograd.weight(t), within(1e-6));
    }
  }

  @Test
  void every_loss_equals_its_loop_in_values_and_gradients() {
    int[] offsets = {0, 3, 4, 9, 12};
    var random = new SplittableRandom(5);
    for (PolicyLossSettings settings : ALL) {
      for (int round = 0; round < 20; round++) {
        double[] old = random.doubles(12, -3, 0).toArray();
        double[] l = new double[12];
        Arrays.setAll(l, t -> old[t] + random.nextDouble(-1, 1) * (offsets.length > 2 ? 0.8 : 1));
        double[] advantages = random.doubles(12, -2, 2).toArray();
        Formula formula = formula(settings, old, advantages, offsets);

        Result result = Autograd.of(l, formula);

        assertThat(result.values())
            .as("%s", settings)
            .containsExactly(LoopLosses.of(settings, l, old, advantages, offsets), within(1e-6));
        assertThat(result.gradient())
            .as("%s", settings)
            .containsExactly(differences(settings, l, old, advantages, offsets), within(2e-5));
      }
    }
  }

  // Of the loops; where a weight is a constant of the gradient it is kept as it is at l.
  private static double[] differences(
      PolicyLossSettings settings, double[] l, double[] old, double[] a, int[] offsets) {
    double[] out = new double[l.length];
    double h = 1e-6;
    for (int i = 0; i < l.length; i++) {
      double[] sums = new double[2];
      for (int side = 0; side < 2; side++) {
        double[] moved = l.clone();
        moved[i] += side == 0 ? h : -h;
        double[] losses =
            settings.form() == PolicyLossForm.CISPO
                ? new double[l.length]
                : LoopLosses.of(settings, moved, old, a, offsets);
        for (int t = 0; t < l.length; t++) {
          if (settings.form() == PolicyLossForm.CISPO) {
            double weight =
                LoopLosses.clip(
                    LoopLosses.ratio(l[t], old[t]),
                    1 - settings.clipLow(),
                    1 + settings.clipHigh());
            losses[t] = -weight * a[t] * moved[t];
          }
          sums[side] += losses[t] * Autograd.weight(t);
        }
      }
      out[i] = (sums[0] - sums[1]) / (2 * h);
    }
    return out;
  }

  @Test
  void an_unchanged_policy_has_a_ratio_of_exactly_one() {
    double[] l = {-0.3, -12.7, -1e-9};
    double[] advantages = {1.620182, -0.540061, 0.25};
    for (PolicyLossSettings settings : ALL) {
      double[] values = Autograd.of(l, formula(settings, l, advantages, ONE_SEQUENCE)).values();
      for (int t = 0; t < 3; t++) {
        double expected =
            settings.form() == PolicyLossForm.CISPO ? -advantages[t] * l[t] : -advantages[t];
        assertThat(values[t]).as("%s", settings).isEqualTo(expected);
      }
    }
  }

  @Test
  void far_away_probabilities_do_not_overflow() {
    for (PolicyLossSettings settings : ALL) {
      Result result =
          Autograd.of(
              new double[] {0, -200, -1e4},
              formula(settings, new double[] {-1e4, 0, 0}, new double[] {-1, 1, -1}, ONE_SEQUENCE));
      assertThat(result.values()).as("%s", settings).doesNotContain(Double.NaN);
      assertThat(Arrays.stream(result.values()).allMatch(Double::isFinite)).isTrue();
      assertThat(Arrays.stream(result.gradient()).allMatch(Double::isFinite)).isTrue();
    }
  }

  @Test
  void differences_of_log_probabilities_are_clamped_to_twenty_token_by_token() {
    double[] l = {-1, -40, -3};
    double[] old = {-31, -1, -3};
    double[] minus = {-1, -1, -1};
    double[] free = Autograd.of(l, formula(ALL.getLast(), old, minus, ONE_SEQUENCE)).values();
    assertThat(free).containsExactly(new double[] {Math.exp(20), Math.exp(-20), 1}, within(1e-6));

    double[] far = {-31, -2, -3};
    double[] gspo = Autograd.of(l, formula(ALL.get(2), far, minus, ONE_SEQUENCE)).values();
    assertThat(gspo[0]).as("exp of the mean of 20, -20 and 0").isCloseTo(1, within(1e-9));
  }

  @Test
  void tokens_that_are_held_back_are_those_that_have_no_gradient() {
    var random = new SplittableRandom(6);
    for (PolicyLossSettings settings : ALL.subList(0, 4)) {
      double[] l = random.doubles(200, -1.5, 1.5).toArray();
      double[] advantages = random.doubles(200, -2, 2).toArray();
      int[] offsets = IntStream.rangeClosed(0, 200).toArray();

      double[] gradient =
          Autograd.of(l, formula(settings, new double[200], advantages, offsets)).gradient();

      for (int t = 0; t < 200; t++) {
        Hold hold = PolicyLoss.of(settings).hold(Math.exp(l[t]), advantages[t]);
        assertThat(hold != Hold.NONE).isEqualTo(gradient[t] == 0);
      }
    }
  }

  @Test
  void it_is_told_which_bound_holds_a_token_back() {
    PolicyLoss dual = PolicyLoss.of(ALL.get(1));
    assertThat(dual.hold(1.3, 1)).isEqualTo(Hold.HIGH);
    assertThat(dual.hold(0.7, 1)).isEqualTo(Hold.NONE);
    assertThat(dual.hold(0.7, -1)).isEqualTo(Hold.LOW);
    assertThat(dual.hold(1.3, -1)).isEqualTo(Hold.NONE);
    assertThat(dual.hold(3.1, -1)).isEqualTo(Hold.DUAL);
    assertThat(dual.hold(9, 0)).isEqualTo(Hold.NONE);
    PolicyLoss cispo = PolicyLoss.of(ALL.get(4));
    for (double advantage : new double[] {-1, 1}) {
      assertThat(cispo.hold(1.6, advantage)).isEqualTo(Hold.HIGH);
      assertThat(cispo.hold(0.6, advantage)).isEqualTo(Hold.LOW);
      assertThat(cispo.hold(1.4, advantage)).isEqualTo(Hold.NONE);
      assertThat(PolicyLoss.of(ALL.getLast()).hold(99, advantage)).isEqualTo(Hold.NONE);
    }
    assertThat(ALL.stream().filter(s -> PolicyLoss.of(s).oneRatioPerSequence()))
        .allSatisfy(s -> assertThat(s.form()).isEqualTo(PolicyLossForm.GSPO))
        .hasSize(2);
  }

  @Test
  void sums_of_sequences_take_each_token_once() {
    double[] x = {1, 2, 3, 4, 5, 6};
    Result result =
        Autograd.of(
            x,
            (NDManager manager, NDArray v) ->
                SequenceMeans.sums(manager, v, new int[] {0, 1, 4, 6}));

    assertThat(result.values()).containsExactly(1, 9, 11);
    assertThat(result.gradient()).containsExactly(1, 1.25, 1.25, 1.25, 1.5, 1.5);
  }
}
