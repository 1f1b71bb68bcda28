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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Algorithms by name, with the numbers of their papers for a pretrained model. */
public final class AlgorithmPresets {

  /** The preset of a tree that names none. */
  public static final String DEFAULT = "grpo";

  private static final int LONGEST = 1024;

  private static final Map<String, AlgorithmSettings> ALL = all();

  /** All names. */
  public static final List<String> NAMES = List.copyOf(ALL.keySet());

  private AlgorithmPresets() {}

  /**
   * @throws IllegalArgumentException listing the names
   */
  public static AlgorithmSettings named(String name) {
    AlgorithmSettings preset = ALL.get(name);
    if (preset == null) {
      throw new IllegalArgumentException(
          "there is no algorithm '%s': there are %s".formatted(name, String.join(", ", NAMES)));
    }
    return preset;
  }

  private static Map<String, AlgorithmSettings> all() {
    Map<String, AlgorithmSettings> all = new LinkedHashMap<>();
    put(
        all,
        "grpo",
        AdvantageEstimator.GRPO,
        clip(0.2, 0.2, Aggregation.SEQ_MEAN_TOKEN_MEAN),
        false);
    put(all, "dr-grpo", AdvantageEstimator.DR_GRPO, clip(0.2, 0.2, Aggregation.CONSTANT), false);
    put(all, "dapo", AdvantageEstimator.GRPO, clip(0.2, 0.28, Aggregation.TOKEN_MEAN), true);
    put(
        all,
        "gspo",
        AdvantageEstimator.GRPO,
        loss(PolicyLossForm.GSPO, 3e-4, 4e-4, Aggregation.SEQ_MEAN_TOKEN_MEAN),
        false);
    put(
        all,
        "cispo",
        AdvantageEstimator.GRPO,
        loss(PolicyLossForm.CISPO, 1, 4, Aggregation.TOKEN_MEAN),
        false);
    put(
        all,
        "rloo",
        AdvantageEstimator.RLOO,
        clip(0.2, 0.2, Aggregation.SEQ_MEAN_TOKEN_SUM),
        false);
    put(
        all,
        "reinforce++",
        AdvantageEstimator.RETURNS,
        clip(0.2, 0.2, Aggregation.TOKEN_MEAN),
        false);
    put(all, "ppo", AdvantageEstimator.GAE, clip(0.2, 0.2, Aggregation.TOKEN_MEAN), false);
    return all;
  }

  private static PolicyLossSettings clip(double low, double high, Aggregation aggregation) {
    return loss(PolicyLossForm.CLIP, low, high, aggregation);
  }

  private static PolicyLossSettings loss(
      PolicyLossForm form, double low, double high, Aggregation aggregation) {
    return new PolicyLossSettings(form, low, high, 0, aggregation, LONGEST, false);
  }

  private static void put(
      Map<String, AlgorithmSettings> all,
      String name,
      AdvantageEstimator estimator,
      PolicyLossSettings loss,
      boolean dynamicSampling) {
    all.put(
        name,
        new AlgorithmSettings(
            name,
            AdvantageSettings.of(estimator),
            loss,
            OffPolicySettings.behaviour(),
            KlSettings.none(),
            0,
            OverlongSettings.none(),
            dynamicSampling,
            new BatchSettings(1, 0, 16_384),
            OptimizerSettings.constant(1e-6, 0),
            CriticSettings.own(OptimizerSettings.constant(1e-5, 0)),
            1));
  }
}
