package dev.millrace.reward;

import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.Sample;
import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.contracts.avro.Score;
import dev.millrace.reward.function.RewardException;
import dev.millrace.reward.function.RewardFunction;
import dev.millrace.reward.function.RewardInput;
import dev.millrace.reward.profile.RewardProfile;
import dev.millrace.reward.profile.RewardProfile.Component;
import dev.millrace.reward.profile.RewardProfiles;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/** Scores a group by its prompt's profile. Pure, and safe for any number of threads. */
final class GroupScorer {

  private final RewardProfiles profiles;

  GroupScorer(RewardProfiles profiles) {
    this.profiles = Objects.requireNonNull(profiles, "profiles");
  }

  /**
   * The scores in the order of the samples.
   *
   * @throws RewardException when the group has none; why is its reason code
   */
  List<Score> score(SampleGroup group) {
    RolloutTask task = group.getTask();
    if (group.getFailure() != null) {
      throw new RewardException(group.getFailure(), "the task could not be sampled");
    }
    if (group.getSamples().isEmpty()) {
      throw new RewardException("no-samples", "the group has no samples, and does not say why");
    }
    RewardProfile profile =
        profiles
            .find(task.getRewardProfile())
            .orElseThrow(
                () ->
                    new RewardException(
                        "unknown-reward-profile",
                        "reward profile '%s' is not known here; there are %s"
                            .formatted(task.getRewardProfile(), profiles.names())));
    if (profile.needsAnswer() && (task.getAnswer() == null || task.getAnswer().isBlank())) {
      throw new RewardException(
          "answer-missing",
          "reward profile '%s' needs an answer, and prompt %s has none"
              .formatted(profile.name(), task.getPromptId()));
    }
    List<Score> scores = new ArrayList<>(group.getSamples().size());
    for (Sample sample : group.getSamples()) {
      scores.add(score(profile, input(task, sample)));
    }
    return scores;
  }

  private static RewardInput input(RolloutTask task, Sample sample) {
    return new RewardInput(
        task.getMessages(),
        Optional.ofNullable(task.getAnswer()),
        sample.getText(),
        sample.getFinishReason(),
        sample.getTokens().size(),
        task.getTags());
  }

  private static Score score(RewardProfile profile, RewardInput input) {
    double total = 0;
    var components = new TreeMap<String, Double>();
    for (Component component : profile.components()) {
      double score = score(component, input);
      components.put(component.name(), score);
      total += component.weight() * score;
    }
    return new Score(total, components);
  }

  private static double score(Component component, RewardInput input) {
    RewardFunction function = component.function();
    double score;
    try {
      score = function.score(input);
    } catch (RewardException e) {
      throw new RewardException(e.reason(), component.name() + ": " + e.getMessage());
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      throw new RewardException("reward-failed", component.name() + ": " + e);
    }
    // Also refuses NaN, which one comparison alone would let through.
    if (!(score >= function.min() && score <= function.max())) {
      throw new RewardException(
          "reward-out-of-range",
          "%s gave %s, which is not from %s to %s"
              .formatted(component.name(), score, function.min(), function.max()));
    }
    return score;
  }
}
