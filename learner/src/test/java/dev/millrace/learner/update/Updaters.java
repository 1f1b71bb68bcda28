package dev.millrace.learner.update;

import dev.millrace.learner.algorithm.BatchSettings;
import dev.millrace.learner.algorithm.KlEstimator;
import dev.millrace.learner.algorithm.KlPlace;
import dev.millrace.learner.algorithm.KlSettings;
import dev.millrace.learner.algorithm.OptimizerSettings;
import java.util.List;

/** Learners of a tiny policy with small batches, and what they learn from. */
final class Updaters {

  private Updaters() {}

  static final List<TrainingGroup> GROUPS = Samples.groups(6, 8, 1);
  static final List<SftExample> EXAMPLES =
      GROUPS.stream()
          .map(group -> new SftExample(group.prompt(), group.samples().getFirst().tokens()))
          .toList();
  static final OptimizerSettings FAST = OptimizerSettings.constant(0.02, 2);

  /** Mini-batches of about 16 rows, micro-batches of a few of them. */
  static AlgorithmSettings preset(String name) {
    return AlgorithmPresets.named(name).with(FAST).with(new BatchSettings(2, 16, 60));
  }

  static PolicyUpdater updater(AlgorithmSettings settings) {
    return new PolicyUpdater(Samples.weights(), settings, new SftSettings(6, 40, FAST), 3);
  }

  static AlgorithmSettings shared() {
    AlgorithmSettings ppo = preset("ppo");
    return ppo.with(ppo.critic().withShared(true));
  }

  static KlSettings kl(KlPlace place) {
    return new KlSettings(place, KlEstimator.K3, 0.1);
  }
}
