package dev.millrace.learner.algorithm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.learner.algorithm.Autograd.Formula;
import dev.millrace.learner.algorithm.Autograd.Result;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class OtherLossesTest {

  private static double[] kl(KlEstimator estimator, double[] l, double... f) {
    return Autograd.of(
            l, (manager, x) -> KlDivergence.of(estimator, x, Autograd.doubles(manager, f)))
        .values();
  }

  @Test
  void estimators_of_the_divergence_give_the_published_numbers() {
    double[] far = {-1, -1, -1};

    assertThat(kl(KlEstimator.K3, far, 0, -15, -30))
        .containsExactly(new double[] {0.718282, 10, 10}, within(1e-6));
    assertThat(KlDivergence.exactK3(-1, 0)).isCloseTo(0.718282, within(1e-6));
    assertThat(KlDivergence.exactK3(-1, -15)).isCloseTo(13.000001, within(1e-6));
    assertThat(KlDivergence.exactK3(-1, -30)).isCloseTo(28, within(1e-6));
    assertThat(kl(KlEstimator.K1, new double[] {-1.2}, -1)[0]).isCloseTo(-0.2, within(1e-9));
    assertThat(kl(KlEstimator.K2, new double[] {-1.2}, -1)[0]).isCloseTo(0.02, within(1e-9));
    assertThat(kl(KlEstimator.K3, new double[] {-1.2}, -1)[0]).isCloseTo(0.021403, within(1e-6));
  }

  @Test
  void divergences_equal_their_loops_in_values_and_gradients() {
    var random = new SplittableRandom(3);
    double[] l = random.doubles(30, -4, 0).toArray();
    double[] f = random.doubles(30, -4, 0).toArray();
    for (KlEstimator estimator : KlEstimator.values()) {
      Formula formula = (manager, x) -> KlDivergence.of(estimator, x, Autograd.doubles(manager, f));
      Result result = Autograd.of(l, formula);
      for (int t = 0; t < l.length; t++) {
        double expected = LoopLosses.kl(estimator, l[t], f[t]);
        assertThat(result.values()[t]).isCloseTo(expected, within(1e-9));
        assertThat(KlDivergence.of(estimator, l[t], f[t])).isCloseTo(expected, within(1e-9));
      }
      assertThat(result.gradient()).containsExactly(Autograd.differences(l, formula), within(1e-4));
    }
  }

  @Test
  void differences_are_clamped_to_twenty_and_it_is_told_which() {
    double[] far = {-1, -31};
    assertThat(kl(KlEstimator.K1, far, -31, -1)).containsExactly(20, -20);
    assertThat(kl(KlEstimator.K2, far, -31, -1)).containsExactly(200, 200);
    assertThat(kl(KlEstimator.K3, far, -31, -1)).containsExactly(10, 10);
    assertThat(KlDivergence.of(KlEstimator.K1, -1, -31)).isEqualTo(20);
    assertThat(KlDivergence.of(KlEstimator.K2, -31, -1)).isEqualTo(200);
    assertThat(KlDivergence.exactK3(-1e6, 0)).isFinite();
    for (KlEstimator estimator : KlEstimator.values()) {
      assertThat(KlDivergence.clamped(estimator, -1, -22)).isTrue();
      assertThat(KlDivergence.clamped(estimator, -22, -1)).isTrue();
      assertThat(KlDivergence.clamped(estimator, -1, -3)).isFalse();
      assertThat(KlDivergence.clamped(estimator, -1, -15)).isEqualTo(estimator == KlEstimator.K3);
    }
  }

  @Test
  void the_value_loss_equals_its_loop_in_values_and_gradients() {
    var random = new SplittableRandom(4);
    double[] v = random.doubles(40, -2, 2).toArray();
    double[] old = random.doubles(40, -2, 2).toArray();
    double[] returns = random.doubles(40, -2, 2).toArray();
    Formula formula =
        (manager, x) ->
            ValueLoss.of(
                x, Autograd.doubles(manager, old), Autograd.doubles(manager, returns), 0.5);

    Result result = Autograd.of(v, formula);

    for (int t = 0; t < v.length; t++) {
      assertThat(result.values()[t])
          .isCloseTo(LoopLosses.value(v[t], old[t], returns[t], 0.5), within(1e-9));
    }
    assertThat(result.gradient()).containsExactly(Autograd.differences(v, formula), within(1e-5));
    for (int t = 0; t < v.length; t++) {
      assertThat(ValueLoss.clipped(v[t], old[t], returns[t], 0.5))
          .isEqualTo(result.gradient()[t] == 0);
    }
  }

  @Test
  void importance_weights_are_truncated_as_published() {
    var truncated =
        new OffPolicySettings(RatioReference.PROXIMAL, ImportanceWeight.TRUNCATED, 2, 0);
    double[] o = {-1, -2, -0.5};
    double[] b = {-2, -1, -0.5};
    double[] expected = {2, 0.367879, 1};
    for (int t = 0; t < 3; t++) {
      assertThat(ImportanceWeights.of(truncated, o[t], b[t])).isCloseTo(expected[t], within(1e-6));
    }
    assertThat(ImportanceWeights.exact(0, -1e6)).isEqualTo(Math.exp(20));
    assertThat(ImportanceWeights.exact(-1e6, 0)).isEqualTo(Math.exp(-20));
    var full = new OffPolicySettings(RatioReference.PROXIMAL, ImportanceWeight.FULL, 2, 0);
    assertThat(ImportanceWeights.of(full, -1, -3)).isCloseTo(Math.exp(2), within(1e-12));
    assertThat(ImportanceWeights.of(OffPolicySettings.behaviour(), -1, -3)).isEqualTo(1);
  }

  @Test
  void decoupled_ppo_gives_the_published_number() {
    var full = new OffPolicySettings(RatioReference.PROXIMAL, ImportanceWeight.FULL, 2, 0);
    var clip =
        new PolicyLossSettings(PolicyLossForm.CLIP, 0.2, 0.2, 0, Aggregation.TOKEN_MEAN, 1, false);
    double surrogate =
        Autograd.of(
                new double[] {-0.9},
                (manager, l) ->
                    PolicyLoss.of(clip)
                        .of(
                            new LossInputs(
                                manager,
                                l,
                                Autograd.doubles(manager, -1),
                                Autograd.doubles(manager, 1),
                                new int[] {0, 1})))
            .values()[0];

    assertThat(ImportanceWeights.of(full, -1, -1.4) * surrogate)
        .isCloseTo(-Math.exp(0.4) * Math.exp(0.1), within(1e-6));
    assertThat(Math.exp(0.4) * Math.exp(0.1)).isCloseTo(1.648721, within(1e-6));
  }

  @Test
  void sequences_are_left_out_when_they_are_bad_and_far_away() {
    float[] b = {-1, -1};
    double[] bad = {-1, -1};
    double[] good = {1, 1};
    float[] far = {9, -2, -2};
    float[] near = {9, -1.1f, -1.1f};

    assertThat(ImportanceWeights.tooFar(b, far, 1, bad, 0.5)).isTrue();
    assertThat(ImportanceWeights.tooFar(b, near, 1, bad, 0.5)).isFalse();
    assertThat(ImportanceWeights.tooFar(b, far, 1, good, 0.5)).isFalse();
    float[] more = {9, 0, 0};
    assertThat(ImportanceWeights.tooFar(b, more, 1, bad, 0.5)).as("more likely now").isFalse();
  }
}
