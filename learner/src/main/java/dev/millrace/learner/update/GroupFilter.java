package dev.millrace.learner.update;

import dev.millrace.learner.algorithm.GroupAdvantages;
import dev.millrace.models.decoder.DecoderConfig;
import java.util.Optional;
import java.util.Set;

/** Says why a group cannot teach anything, or must not. */
final class GroupFilter {

  /** Reasons of groups that would do no harm, if they were trained on all the same. */
  static final Set<String> HARMLESS = Set.of("zero-variance", "all-truncated", "group-of-one");

  private final AlgorithmSettings settings;
  private final ShapedReward reward;
  private final int context;
  private final int vocab;

  GroupFilter(AlgorithmSettings settings, DecoderConfig config) {
    this.settings = settings;
    this.reward = new ShapedReward(settings.overlong());
    this.context = config.maxPositions();
    this.vocab = config.vocab();
  }

  Optional<String> reason(TrainingGroup group) {
    if (group.samples().isEmpty()) {
      return Optional.of("empty-group");
    }
    if (group.prompt().length == 0) {
      return Optional.of("empty-prompt");
    }
    if (!known(group.prompt())) {
      return Optional.of("unknown-token");
    }
    boolean allTruncated = settings.loss().maskTruncated();
    for (TrainingSample sample : group.samples()) {
      Optional<String> reason = reason(group.prompt().length, sample);
      if (reason.isPresent()) {
        return reason;
      }
      allTruncated &= sample.truncated();
    }
    if (allTruncated) {
      return Optional.of("all-truncated");
    }
    boolean relative = settings.advantage().estimator().relativeToGroup();
    if (relative && group.samples().size() == 1) {
      return Optional.of("group-of-one");
    }
    boolean zeroVariance = GroupAdvantages.equal(reward.of(group));
    return zeroVariance && (relative || settings.dynamicSampling())
        ? Optional.of("zero-variance")
        : Optional.empty();
  }

  private Optional<String> reason(int prompt, TrainingSample sample) {
    if (sample.tokens().length == 0) {
      return Optional.of("empty-completion");
    }
    if (prompt + sample.tokens().length > context) {
      return Optional.of("too-long");
    }
    if (!known(sample.tokens())) {
      return Optional.of("unknown-token");
    }
    if (!Double.isFinite(sample.reward())) {
      return Optional.of("reward-not-finite");
    }
    for (float logProb : sample.behaviour()) {
      if (!Float.isFinite(logProb)) {
        return Optional.of("logprob-not-finite");
      }
    }
    return Optional.empty();
  }

  private boolean known(int[] tokens) {
    for (int token : tokens) {
      if (token < 0 || token >= vocab) {
        return false;
      }
    }
    return true;
  }
}
