package dev.millrace.learner.engine;

import dev.millrace.learner.run.RunSettings;
import dev.millrace.learner.update.PolicyUpdater;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.policy.PolicyFiles;
import dev.millrace.policy.PolicyText;

/** The policy of a run in memory: what learns, and the files that make it a model. */
record LivePolicy(PolicyUpdater updater, PolicyFiles files, PolicyText text)
    implements AutoCloseable {

  /**
   * @param weights are taken over
   */
  static LivePolicy of(RunSettings settings, PolicyFiles files, DecoderWeights weights) {
    try {
      PolicyText text = PolicyText.open(files);
      return new LivePolicy(
          new PolicyUpdater(
              weights, settings.algorithm(), settings.warmStart().sft(), settings.seed()),
          files,
          text);
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  @Override
  public void close() {
    updater.close();
    text.close();
  }
}
