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
import java.util.Map;
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
    return scores(profile, group.getSamples().stream().map(sample -> input(task, sample)).toList());
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

  private static List<Score> scores(RewardProfile profile, List<RewardInput> inputs) {
    double[] totals = new double[inputs.size()];
    List<Map<String, Double>> components = new ArrayList<>();
    inputs.forEach(input -> components.add(new TreeMap<>()));
    for (Component component : profile.components()) {
      List<Double> scores = scores(component, inputs);
      for (int i = 0; i < totals.length; i++) {
        components.get(i).put(component.name(), scores.get(i));
        totals[i] += component.weight() * scores.get(i);
      }
    }
    List<Score> out = new ArrayList<>(totals.length);
    for (int i = 0; i < totals.length; i++) {
      out.add(new Score(totals[i], components.get(i)));
    }
    return out;
  }

  private static List<Double> scores(Component component, List<RewardInput> inputs) {
    RewardFunction function = component.function();
    List<Double> scores;
    try {
      scores = function.scoreAll(inputs);
    } catch (RewardException e) {
      throw new RewardException(e.reason(), component.name() + ": " + e.getMessage());
    } catch (RuntimeException | LinkageError | StackOverflowError e) {
      throw new RewardException("reward-failed", component.name() + ": " + e);
    }
    if (scores.size() != inputs.size()) {
      throw new RewardException(
          "reward-failed",
          "%s gave %d scores for %d completions"
              .formatted(component.name(), scores.size(), inputs.size()));
    }
    for (double score : scores) {
      // Also refuses NaN, which one comparison alone would let through.
      if (!(score >= function.min() && score <= function.max())) {
        throw new RewardException(
            "reward-out-of-range",
            "%s gave %s, which is not from %s to %s"
                .formatted(component.name(), score, function.min(), function.max()));
      }
    }
    return scores;
  }
}
