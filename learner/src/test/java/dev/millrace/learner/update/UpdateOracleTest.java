package dev.millrace.learner.update;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.learner.algorithm.Aggregation;
import dev.millrace.learner.algorithm.BatchSettings;
import dev.millrace.learner.algorithm.ImportanceWeight;
import dev.millrace.learner.algorithm.KlEstimator;
import dev.millrace.learner.algorithm.KlPlace;
import dev.millrace.learner.algorithm.KlSettings;
import dev.millrace.learner.algorithm.OffPolicySettings;
import dev.millrace.learner.algorithm.OptimizerSettings;
import dev.millrace.learner.algorithm.PolicyLoss.Hold;
import dev.millrace.learner.algorithm.PolicyLossForm;
import dev.millrace.learner.algorithm.PolicyLossSettings;
import dev.millrace.learner.algorithm.RatioReference;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.train.PolicyTrainer;
import dev.millrace.models.train.ScoredTokens;
import dev.millrace.models.train.Scores;
import dev.millrace.models.train.TokenBatch;
import dev.millrace.models.train.TrainSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The loss of a whole update against one loop over its tokens in plain Java. */
class UpdateOracleTest {

  private static final List<TrainingGroup> GROUPS = Samples.stale(Samples.groups(4, 5, 2), 0.5);
  private static final double TEMPERATURE = 0.8;
  private static final double BETA = 0.3;
  private static final double BONUS = 0.05;
  private static final double CAP = 1.2;
  private static final double DUAL = 1.3;
  private static final double MASK_ABOVE = 0.05;
  private static final int LONGEST = 9;

  private record Token(double l, double entropy, double b, double f, double a, int row) {}

  @Test
  void the_loss_of_an_update_equals_a_loop_over_its_tokens() {
    for (PolicyLossForm form : PolicyLossForm.values()) {
      Aggregation aggregation = Aggregation.values()[form.ordinal()];
      check(form, aggregation, RatioReference.BEHAVIOUR, ImportanceWeight.NONE, KlEstimator.K3);
    }
    for (ImportanceWeight weight : ImportanceWeight.values()) {
      check(
          PolicyLossForm.CLIP,
          Aggregation.TOKEN_MEAN,
          RatioReference.PROXIMAL,
          weight,
          KlEstimator.K1);
    }
    check(
        PolicyLossForm.CISPO,
        Aggregation.TOKEN_MEAN,
        RatioReference.NONE,
        ImportanceWeight.TRUNCATED,
        KlEstimator.K2);
  }

  private static void check(
      PolicyLossForm form,
      Aggregation aggregation,
      RatioReference ratio,
      ImportanceWeight weight,
      KlEstimator estimator) {
    AlgorithmSettings settings = settings(form, aggregation, ratio, weight, estimator);
    try (PolicyUpdater updater =
        new PolicyUpdater(Samples.weights(), settings, SftSettings.defaults(), 1)) {
      updater.update(GROUPS, 1, Samples.VERSION);
      List<Token> tokens;
      try (DecoderWeights now = updater.weights().duplicate();
          DecoderWeights reference = Samples.weights()) {
        tokens = tokens(now, reference);
      }
      double expected = loop(settings, tokens);

      UpdateReport report = updater.update(GROUPS, 2, Samples.VERSION);

      assertThat(report.get(UpdateMetrics.LOSS))
          .as("%s %s %s %s", form, aggregation, ratio, weight)
          .isCloseTo(expected, within(2e-5 * Math.max(1, Math.abs(expected))));
      checkReport(settings, tokens, report);
    }
  }

  /** What was clipped, truncated, left out: counted once more, token by token. */
  private static void checkReport(
      AlgorithmSettings settings, List<Token> tokens, UpdateReport report) {
    Map<String, Double> expected = new HashMap<>();
    int n = tokens.size();
    int rows = tokens.getLast().row() + 1;
    for (Token token : tokens) {
      List<Token> own = tokens.stream().filter(t -> t.row() == token.row()).toList();
      double r = ratio(settings, token, own);
      Hold hold = hold(settings.loss().form(), r, token.a());
      add(expected, UpdateMetrics.CLIP_FRACTION, hold != Hold.NONE, n);
      add(expected, UpdateMetrics.CLIP_FRACTION_LOW, hold == Hold.LOW, n);
      add(expected, UpdateMetrics.CLIP_FRACTION_HIGH, hold == Hold.HIGH, n);
      add(expected, UpdateMetrics.CLIP_FRACTION_DUAL, hold == Hold.DUAL, n);
      expected.merge(UpdateMetrics.RATIO_MEAN, r / n, Double::sum);
      expected.merge(UpdateMetrics.RATIO_MAX, r, Math::max);
      expected.merge(UpdateMetrics.ENTROPY, token.entropy() / n, Double::sum);
      double kl = kl(settings.kl().estimator(), token.l() - token.f());
      expected.merge(UpdateMetrics.KL_REFERENCE, kl / n, Double::sum);
      add(expected, UpdateMetrics.KL_REFERENCE_CLAMPED, false, n);
      double since = token.l() - token.b();
      expected.merge(UpdateMetrics.KL_BEHAVIOUR, (Math.exp(since) - since - 1) / n, Double::sum);
      expected.merge(UpdateMetrics.LOGPROB_GAP_ALL, Math.abs(since) / n, Double::sum);
      add(expected, UpdateMetrics.ROWS_LEFT_OUT, token == own.getFirst() && leftOut(own), rows);
      if (settings.offPolicy().weight() != ImportanceWeight.NONE) {
        double weight = Math.exp(old(settings, token) - token.b());
        boolean cut = settings.offPolicy().weight() == ImportanceWeight.TRUNCATED && weight > CAP;
        expected.merge(UpdateMetrics.WEIGHT_RAW_MEAN, weight / n, Double::sum);
        expected.merge(UpdateMetrics.WEIGHT_MEAN, weight(settings, token) / n, Double::sum);
        add(expected, UpdateMetrics.WEIGHT_TRUNCATED, cut, n);
      }
    }
    expected.forEach(
        (name, value) ->
            assertThat(report.metrics().get(name))
                .as("%s of %s", name, settings.loss().form())
                .isCloseTo(value, within(1e-5 + 1e-4 * Math.abs(value))));
    // What is counted must have happened.
    assertThat(expected.get(UpdateMetrics.ROWS_LEFT_OUT)).isStrictlyBetween(0.0, 1.0);
    if (settings.loss().form() == PolicyLossForm.CLIP
        && settings.offPolicy().ratio() == RatioReference.BEHAVIOUR) {
      assertThat(expected.get(UpdateMetrics.CLIP_FRACTION_LOW)).isPositive();
      assertThat(expected.get(UpdateMetrics.CLIP_FRACTION_HIGH)).isPositive();
      assertThat(expected.get(UpdateMetrics.CLIP_FRACTION_DUAL)).isPositive();
    }
    if (settings.offPolicy().weight() == ImportanceWeight.TRUNCATED) {
      assertThat(expected.get(UpdateMetrics.WEIGHT_TRUNCATED)).isPositive();
    }
  }

  private static Hold hold(PolicyLossForm form, double r, double a) {
    return switch (form) {
      case UNCLIPPED -> Hold.NONE;
      case CISPO -> r > 1.28 ? Hold.HIGH : r < 0.8 ? Hold.LOW : Hold.NONE;
      case CLIP, GSPO -> {
        if (a > 0) {
          yield r > 1.28 ? Hold.HIGH : Hold.NONE;
        }
        yield r < 0.8 ? Hold.LOW : r > DUAL ? Hold.DUAL : Hold.NONE;
      }
    };
  }

  private static void add(Map<String, Double> to, String name, boolean counts, int of) {
    to.merge(name, counts ? 1.0 / of : 0.0, Double::sum);
  }

  private static boolean leftOut(List<Token> own) {
    double distance = own.stream().mapToDouble(t -> t.b() - t.l()).average().orElseThrow();
    return own.getFirst().a() < 0 && distance > MASK_ABOVE;
  }

  private static double ratio(AlgorithmSettings settings, Token token, List<Token> own) {
    List<Token> counted = settings.loss().form() == PolicyLossForm.GSPO ? own : List.of(token);
    return Math.exp(
        counted.stream().mapToDouble(t -> t.l() - old(settings, t)).average().orElseThrow());
  }

  private static AlgorithmSettings settings(
      PolicyLossForm form,
      Aggregation aggregation,
      RatioReference ratio,
      ImportanceWeight weight,
      KlEstimator estimator) {
    AlgorithmSettings base = AlgorithmPresets.named("dr-grpo");
    return new AlgorithmSettings(
        "dr-grpo",
        base.advantage(),
        new PolicyLossSettings(form, 0.2, 0.28, DUAL, aggregation, LONGEST, false),
        new OffPolicySettings(ratio, weight, CAP, MASK_ABOVE),
        new KlSettings(KlPlace.LOSS, estimator, BETA),
        BONUS,
        base.overlong(),
        false,
        new BatchSettings(1, 0, 50),
        OptimizerSettings.constant(0.02, 0),
        base.critic(),
        TEMPERATURE);
  }

  private static List<Token> tokens(DecoderWeights now, DecoderWeights reference) {
    TrainSettings settings = TrainSettings.of(17).withTemperature(TEMPERATURE);
    List<Token> out = new ArrayList<>();
    int number = 0;
    try (PolicyTrainer policy = PolicyTrainer.frozen(now, settings);
        PolicyTrainer other = PolicyTrainer.frozen(reference, settings)) {
      for (TrainingGroup group : GROUPS) {
        double mean =
            group.samples().stream().mapToDouble(TrainingSample::reward).average().orElseThrow();
        for (TrainingSample sample : group.samples()) {
          TokenBatch batch =
              TokenBatch.of(List.of(ScoredTokens.of(group.prompt(), sample.tokens())));
          Scores scores = policy.score(batch);
          float[] f = other.score(batch).logProbs();
          for (int t = 0; t < sample.tokens().length; t++) {
            out.add(
                new Token(
                    scores.logProbs()[t],
                    scores.entropy()[t],
                    sample.behaviour()[t],
                    f[t],
                    sample.reward() - mean,
                    number));
          }
          number++;
        }
      }
    }
    return out;
  }

  private static double loop(AlgorithmSettings settings, List<Token> tokens) {
    int rows = tokens.getLast().row() + 1;
    double loss = 0;
    for (int row = 0; row < rows; row++) {
      int number = row;
      List<Token> own = tokens.stream().filter(token -> token.row() == number).toList();
      boolean leftOut = leftOut(own);
      double share =
          switch (settings.loss().aggregation()) {
            case TOKEN_MEAN -> 1.0 / tokens.size();
            case SEQ_MEAN_TOKEN_MEAN -> 1.0 / rows / own.size();
            case SEQ_MEAN_TOKEN_SUM -> 1.0 / rows;
            case CONSTANT -> 1.0 / rows / LONGEST;
          };
      for (Token token : own) {
        double policy = leftOut ? 0 : weight(settings, token) * policyLoss(settings, token, own);
        double kl = BETA * kl(settings.kl().estimator(), token.l() - token.f());
        loss += share * (policy + kl - BONUS * token.entropy());
      }
    }
    return loss;
  }

  private static double old(AlgorithmSettings settings, Token token) {
    return settings.offPolicy().ratio() == RatioReference.BEHAVIOUR ? token.b() : token.l();
  }

  private static double weight(AlgorithmSettings settings, Token token) {
    double exact = Math.exp(old(settings, token) - token.b());
    return switch (settings.offPolicy().weight()) {
      case NONE -> 1;
      case TRUNCATED -> Math.min(CAP, exact);
      case FULL -> exact;
    };
  }

  private static double policyLoss(AlgorithmSettings settings, Token token, List<Token> own) {
    double r = ratio(settings, token, own);
    return switch (settings.loss().form()) {
      case CLIP, GSPO -> clipped(r, token.a());
      case CISPO -> -Math.clamp(r, 0.8, 1.28) * token.a() * token.l();
      case UNCLIPPED -> -r * token.a();
    };
  }

  private static double clipped(double r, double a) {
    double loss = Math.max(-a * r, -a * Math.clamp(r, 0.8, 1.28));
    return a < 0 ? Math.min(loss, -DUAL * a) : loss;
  }

  private static double kl(KlEstimator estimator, double d) {
    return switch (estimator) {
      case K1 -> d;
      case K2 -> d * d / 2;
      case K3 -> Math.min(10, Math.exp(-d) + d - 1);
    };
  }
}
