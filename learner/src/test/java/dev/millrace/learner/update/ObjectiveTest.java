package dev.millrace.learner.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import dev.millrace.learner.algorithm.Aggregation;
import dev.millrace.learner.algorithm.ImportanceWeight;
import dev.millrace.learner.algorithm.KlEstimator;
import dev.millrace.learner.algorithm.KlPlace;
import dev.millrace.learner.algorithm.KlSettings;
import dev.millrace.learner.algorithm.OffPolicySettings;
import dev.millrace.learner.algorithm.PolicyLossForm;
import dev.millrace.learner.algorithm.PolicyLossSettings;
import dev.millrace.learner.algorithm.RatioReference;
import dev.millrace.learner.algorithm.TokenWeights;
import dev.millrace.models.script.Scope;
import dev.millrace.models.train.TokenScores;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * The loss of a micro-batch, all its terms together: its gradients by log-probability and by
 * entropy against differences of a plain loop in float64.
 */
class ObjectiveTest {

  private static final double BETA = 0.3;
  private static final double BONUS = 0.05;
  private static final double CAP = 1.2;
  private static final int LONGEST = 7;

  private record Values(double loss, double[] byLogProb, double[] byEntropy) {}

  private static AlgorithmSettings settings(
      PolicyLossForm form,
      Aggregation aggregation,
      RatioReference ratio,
      ImportanceWeight weight,
      double maskAbove,
      KlEstimator estimator) {
    AlgorithmSettings grpo = AlgorithmPresets.named("grpo");
    return new AlgorithmSettings(
        "grpo",
        grpo.advantage(),
        new PolicyLossSettings(form, 0.2, 0.28, 1.5, aggregation, LONGEST, false),
        new OffPolicySettings(ratio, weight, CAP, maskAbove),
        new KlSettings(KlPlace.LOSS, estimator, BETA),
        BONUS,
        grpo.overlong(),
        false,
        grpo.batches(),
        grpo.optimizer(),
        grpo.critic(),
        1);
  }

  private static List<TrainingRow> rows(long seed, boolean started) {
    var random = new SplittableRandom(seed);
    List<TrainingRow> rows = new ArrayList<>();
    for (int length : new int[] {3, 1, 5, 2}) {
      float[] behaviour = floats(random, length, -3, 0);
      var row = new TrainingRow(0, new int[] {1}, Samples.sample(new int[length], behaviour, 0));
      row.advantage(random.nextDouble(-2, 2));
      row.reference(floats(random, length, -3, 0));
      if (started) {
        row.start(near(random, behaviour));
      }
      rows.add(row);
    }
    return rows;
  }

  private static float[] floats(SplittableRandom random, int n, double from, double to) {
    float[] out = new float[n];
    for (int i = 0; i < n; i++) {
      out[i] = (float) random.nextDouble(from, to);
    }
    return out;
  }

  private static float[] near(SplittableRandom random, float[] values) {
    float[] out = values.clone();
    for (int i = 0; i < out.length; i++) {
      out[i] += (float) random.nextDouble(-0.5, 0.5);
    }
    return out;
  }

  private static Values torch(
      AlgorithmSettings settings, MicroBatch batch, TokenWeights weights, float[] l, float[] h) {
    var objective = new Objective(settings);
    try (Scope scope = Scope.open(Samples.CPU)) {
      NDManager manager = scope.manager();
      NDArray logProbs = manager.create(l);
      NDArray entropy = manager.create(h);
      logProbs.setRequiresGradient(true);
      entropy.setRequiresGradient(settings.entropyBonus() > 0);
      NDArray loss;
      try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
        var scores = new TokenScores(manager, logProbs, entropy);
        loss = objective.of(scores, batch, weights, objective.look(scores, batch));
        collector.backward(loss);
      }
      return new Values(
          loss.getFloat(),
          doubles(logProbs.getGradient().toFloatArray()),
          settings.entropyBonus() > 0
              ? doubles(entropy.getGradient().toFloatArray())
              : new double[h.length]);
    }
  }

  /** Denominators, those of a mini-batch that is larger than the micro-batch. */
  private static TokenWeights weights(AlgorithmSettings settings) {
    return new TokenWeights(settings.loss().aggregation(), 9, 31, LONGEST);
  }

  private static double[] doubles(float[] values) {
    double[] out = new double[values.length];
    Arrays.setAll(out, i -> values[i]);
    return out;
  }

  /**
   * @param fixed the log-probabilities that constants of the loss are taken from
   */
  private static double loop(
      AlgorithmSettings s, List<TrainingRow> rows, double[] fixed, double[] l, double[] entropy) {
    double loss = 0;
    int at = 0;
    for (TrainingRow row : rows) {
      int n = row.tokens();
      double distance = 0;
      double logRatio = 0;
      for (int t = 0; t < n; t++) {
        distance += row.sample().behaviour()[t] - fixed[at + t];
        logRatio += (l[at + t] - old(s, row, t, fixed[at + t])) / n;
      }
      boolean out =
          s.offPolicy().maskAbove() > 0
              && row.advantages()[0] < 0
              && distance / n > s.offPolicy().maskAbove();
      for (int t = 0; t < n; t++, at++) {
        double a = row.advantages()[t];
        double o = old(s, row, t, fixed[at]);
        double weight = Math.exp(o - row.sample().behaviour()[t]);
        weight =
            switch (s.offPolicy().weight()) {
              case NONE -> 1;
              case TRUNCATED -> Math.min(weight, CAP);
              case FULL -> weight;
            };
        double policy =
            switch (s.loss().form()) {
              case CLIP -> clipped(Math.exp(l[at] - o), a);
              case GSPO -> clipped(Math.exp(logRatio), a);
              case CISPO -> -Math.clamp(Math.exp(fixed[at] - o), 0.8, 1.28) * a * l[at];
              case UNCLIPPED -> -Math.exp(l[at] - o) * a;
            };
        double d = l[at] - row.reference()[t];
        double kl =
            switch (s.kl().estimator()) {
              case K1 -> d;
              case K2 -> d * d / 2;
              case K3 -> Math.min(10, Math.exp(-d) + d - 1);
            };
        double share =
            switch (s.loss().aggregation()) {
              case TOKEN_MEAN -> 1.0 / 31;
              case SEQ_MEAN_TOKEN_MEAN -> 1.0 / 9 / n;
              case SEQ_MEAN_TOKEN_SUM -> 1.0 / 9;
              case CONSTANT -> 1.0 / 9 / LONGEST;
            };
        loss += share * ((out ? 0 : weight * policy) + BETA * kl - BONUS * entropy[at]);
      }
    }
    return loss;
  }

  private static double old(AlgorithmSettings s, TrainingRow row, int t, double fixed) {
    return switch (s.offPolicy().ratio()) {
      case BEHAVIOUR -> row.sample().behaviour()[t];
      case PROXIMAL -> row.start() == null ? fixed : row.start()[t];
      case NONE -> fixed;
    };
  }

  private static double clipped(double r, double a) {
    double loss = Math.max(-a * r, -a * Math.clamp(r, 0.8, 1.28));
    return a < 0 ? Math.min(loss, -1.5 * a) : loss;
  }

  private static void check(AlgorithmSettings settings, boolean started) {
    for (long seed = 1; seed <= 5; seed++) {
      List<TrainingRow> rows = rows(seed, started);
      MicroBatch batch = MicroBatch.of(rows);
      var random = new SplittableRandom(100 + seed);
      float[] l = near(random, batch.flat(row -> row.sample().behaviour()));
      float[] h = floats(random, l.length, 0, 2);

      Values actual = torch(settings, batch, weights(settings), l, h);

      double[] at = doubles(l);
      double[] entropy = doubles(h);
      assertThat(actual.loss())
          .as("%s", settings)
          .isCloseTo(loop(settings, rows, at, at, entropy), within(1e-5));
      for (int i = 0; i < l.length; i++) {
        assertThat(actual.byLogProb()[i])
            .as("%s token %d", settings, i)
            .isCloseTo(difference(settings, rows, at, entropy, i, true), within(1e-5));
        assertThat(actual.byEntropy()[i])
            .isCloseTo(difference(settings, rows, at, entropy, i, false), within(1e-6));
      }
    }
  }

  private static double difference(
      AlgorithmSettings settings,
      List<TrainingRow> rows,
      double[] at,
      double[] entropy,
      int i,
      boolean byLogProb) {
    double h = 1e-6;
    double[] sides = new double[2];
    for (int side = 0; side < 2; side++) {
      double[] l = at.clone();
      double[] e = entropy.clone();
      (byLogProb ? l : e)[i] += side == 0 ? h : -h;
      sides[side] = loop(settings, rows, at, l, e);
    }
    return (sides[0] - sides[1]) / (2 * h);
  }

  @Test
  void every_form_and_aggregation_has_the_gradients_of_its_loop() {
    for (PolicyLossForm form : PolicyLossForm.values()) {
      for (Aggregation aggregation : Aggregation.values()) {
        check(
            settings(
                form,
                aggregation,
                RatioReference.BEHAVIOUR,
                ImportanceWeight.NONE,
                0,
                KlEstimator.K3),
            false);
      }
    }
  }

  @Test
  void corrections_for_stale_samples_are_constants_of_the_gradient() {
    for (PolicyLossForm form : PolicyLossForm.values()) {
      for (ImportanceWeight weight : ImportanceWeight.values()) {
        for (boolean started : new boolean[] {false, true}) {
          KlEstimator estimator = KlEstimator.values()[weight.ordinal()];
          check(
              settings(
                  form, Aggregation.TOKEN_MEAN, RatioReference.PROXIMAL, weight, 0.05, estimator),
              started);
        }
      }
    }
    check(
        settings(
            PolicyLossForm.CLIP,
            Aggregation.TOKEN_MEAN,
            RatioReference.NONE,
            ImportanceWeight.TRUNCATED,
            0.05,
            KlEstimator.K1),
        false);
  }

  @Test
  void where_every_sequence_is_left_out_the_loss_is_zero_and_so_is_its_gradient() {
    List<TrainingRow> rows = rows(1, false);
    rows.forEach(row -> row.advantage(-1));
    MicroBatch batch = MicroBatch.of(rows);
    float[] l = batch.flat(row -> row.sample().behaviour());
    for (int i = 0; i < l.length; i++) {
      l[i] -= 1;
    }
    AlgorithmSettings settings =
        AlgorithmPresets.named("grpo")
            .with(new OffPolicySettings(RatioReference.BEHAVIOUR, ImportanceWeight.NONE, 2, 0.5));
    Values values = torch(settings, batch, weights(settings), l, new float[l.length]);
    assertThat(values.loss()).isZero();
    assertThat(values.byLogProb()).containsOnly(0);
  }
}
