package dev.millrace.learner.engine;

import dev.millrace.learner.curriculum.Seeds;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.learner.update.PolicyUpdater;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.train.Lora;
import dev.millrace.policy.PolicyFiles;
import dev.millrace.policy.PolicyText;

/** The policy of a run in memory: what learns, and the files that make it a model. */
record LivePolicy(PolicyUpdater updater, PolicyFiles files, PolicyText text)
    implements AutoCloseable {

  /** Draws the first adapter from the run's seed, beside what tasks draw. */
  private static final long ADAPTER = -2;

  /**
   * The policy of a run on weights that it begins with; an adapter, where one is trained, changes
   * nothing yet.
   *
   * @param weights are taken over
   */
  static LivePolicy of(RunSettings settings, PolicyFiles files, DecoderWeights weights) {
    Lora lora = null;
    if (settings.lora() != null) {
      long seed = Seeds.train(settings.seed(), ADAPTER);
      lora = Lora.create(weights, settings.lora().model(), seed);
    }
    return of(settings, files, weights, lora);
  }

  /**
   * @param weights are taken over
   * @param lora is taken over; null: the weights are trained
   */
  static LivePolicy of(RunSettings settings, PolicyFiles files, DecoderWeights weights, Lora lora) {
    try {
      PolicyText text = PolicyText.open(files);
      return new LivePolicy(
          new PolicyUpdater(
              weights, lora, settings.algorithm(), settings.warmStart().sft(), settings.seed()),
          files,
          text);
    } catch (RuntimeException e) {
      if (lora != null) {
        lora.close();
      }
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
