package dev.millrace.learner.update;

import dev.millrace.learner.algorithm.AdvantageEstimator;
import dev.millrace.learner.algorithm.AdvantageSettings;
import dev.millrace.learner.algorithm.Aggregation;
import dev.millrace.learner.algorithm.BatchSettings;
import dev.millrace.learner.algorithm.CriticSettings;
import dev.millrace.learner.algorithm.KlSettings;
import dev.millrace.learner.algorithm.OffPolicySettings;
import dev.millrace.learner.algorithm.OptimizerSettings;
import dev.millrace.learner.algorithm.OverlongSettings;
import dev.millrace.learner.algorithm.PolicyLossForm;
import dev.millrace.learner.algorithm.PolicyLossSettings;
import java.util.List;

/** Algorithms by name, with the numbers of their papers for a pretrained model. */
public final class AlgorithmPresets {

  /** The preset of a tree that names none. */
  public static final String DEFAULT = "grpo";

  /** All names. */
  public static final List<String> NAMES =
      List.of("grpo", "dr-grpo", "dapo", "gspo", "cispo", "rloo", "reinforce++", "ppo");

  private static final int LONGEST = 1024;

  private AlgorithmPresets() {}

  /**
   * @throws IllegalArgumentException listing the names
   */
  public static AlgorithmSettings named(String name) {
    return switch (name) {
      case "grpo" ->
          preset(name, AdvantageEstimator.GRPO, clip(0.2, 0.2, Aggregation.SEQ_MEAN_TOKEN_MEAN));
      case "dr-grpo" ->
          preset(name, AdvantageEstimator.DR_GRPO, clip(0.2, 0.2, Aggregation.CONSTANT));
      case "dapo" ->
          withRefill(
              preset(name, AdvantageEstimator.GRPO, clip(0.2, 0.28, Aggregation.TOKEN_MEAN)));
      case "gspo" ->
          preset(
              name,
              AdvantageEstimator.GRPO,
              loss(PolicyLossForm.GSPO, 3e-4, 4e-4, Aggregation.SEQ_MEAN_TOKEN_MEAN));
      case "cispo" ->
          preset(
              name,
              AdvantageEstimator.GRPO,
              loss(PolicyLossForm.CISPO, 1, 4, Aggregation.TOKEN_MEAN));
      case "rloo" ->
          preset(name, AdvantageEstimator.RLOO, clip(0.2, 0.2, Aggregation.SEQ_MEAN_TOKEN_SUM));
      case "reinforce++" ->
          preset(name, AdvantageEstimator.RETURNS, clip(0.2, 0.2, Aggregation.TOKEN_MEAN));
      case "ppo" -> preset(name, AdvantageEstimator.GAE, clip(0.2, 0.2, Aggregation.TOKEN_MEAN));
      default ->
          throw new IllegalArgumentException(
              "there is no algorithm '%s': there are %s".formatted(name, String.join(", ", NAMES)));
    };
  }

  private static PolicyLossSettings clip(double low, double high, Aggregation aggregation) {
    return loss(PolicyLossForm.CLIP, low, high, aggregation);
  }

  private static PolicyLossSettings loss(
      PolicyLossForm form, double low, double high, Aggregation aggregation) {
    return new PolicyLossSettings(form, low, high, 0, aggregation, LONGEST, false);
  }

  private static AlgorithmSettings preset(
      String name, AdvantageEstimator estimator, PolicyLossSettings loss) {
    return new AlgorithmSettings(
        name,
        AdvantageSettings.of(estimator),
        loss,
        OffPolicySettings.behaviour(),
        KlSettings.none(),
        0,
        OverlongSettings.none(),
        false,
        new BatchSettings(1, 0, 16_384),
        OptimizerSettings.constant(1e-6, 0),
        CriticSettings.own(OptimizerSettings.constant(1e-5, 0)),
        1);
  }

  private static AlgorithmSettings withRefill(AlgorithmSettings s) {
    return new AlgorithmSettings(
        s.name(),
        s.advantage(),
        s.loss(),
        s.offPolicy(),
        s.kl(),
        s.entropyBonus(),
        s.overlong(),
        true,
        s.batches(),
        s.optimizer(),
        s.critic(),
        s.temperature());
  }
}
