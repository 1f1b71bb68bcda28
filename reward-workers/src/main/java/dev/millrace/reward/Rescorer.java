package dev.millrace.reward;

import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.contracts.avro.Score;
import dev.millrace.reward.function.RewardException;
import dev.millrace.reward.function.RewardRegistry;
import dev.millrace.reward.profile.RewardProfiles;
import dev.millrace.runtime.SettingsException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Scores groups once more, with other rewards than they were scored with, as a worker would: within
 * a deadline each. Touches no topic. Safe for as many threads as it was told.
 */
public final class Rescorer implements AutoCloseable {

  /**
   * What came of a group.
   *
   * @param scores in the order of its samples; none where there is a failure
   * @param failure why there are no scores, as a reason code
   * @param detail the same for a person; empty where there is no failure
   */
  public record Rescored(List<Score> scores, Optional<String> failure, String detail) {}

  private final RewardProfiles profiles;
  private final Optional<String> profile;
  private final GroupScorer scorer;
  private final ScoringThreads threads;

  private Rescorer(
      RewardProfiles profiles, Optional<String> profile, Duration deadline, int atOnce) {
    this.profiles = profiles;
    this.profile = profile;
    this.scorer = new GroupScorer(profiles);
    this.threads = new ScoringThreads(atOnce, atOnce, deadline);
  }

  /**
   * Opens the rewards.
   *
   * @param file of profiles, which go before the built-in ones
   * @param profile for all groups; empty: each by the name that its prompt has
   * @param deadline of a group
   * @param atOnce groups at the same time, at most
   * @throws SettingsException naming what is wrong with a profile
   */
  public static Rescorer open(
      Optional<Path> file, Optional<String> profile, Duration deadline, int atOnce) {
    RewardProfiles profiles = RewardProfiles.load(RewardRegistry.load(), file);
    if (profile.isPresent() && profiles.find(profile.get()).isEmpty()) {
      List<String> names = profiles.names();
      profiles.close();
      throw new SettingsException(
          "reward profile '%s' is not known; there are %s"
              .formatted(profile.get(), String.join(", ", names)));
    }
    return new Rescorer(profiles, profile, deadline, atOnce);
  }

  /** Scores a group. */
  public Rescored score(SampleGroup group) throws InterruptedException {
    SampleGroup asked = group;
    if (profile.isPresent()) {
      RolloutTask task =
          RolloutTask.newBuilder(group.getTask()).setRewardProfile(profile.get()).build();
      asked = SampleGroup.newBuilder(group).setTask(task).build();
    }
    SampleGroup whole = asked;
    try {
      return new Rescored(threads.score(() -> scorer.score(whole)), Optional.empty(), "");
    } catch (RewardException e) {
      return new Rescored(List.of(), Optional.of(e.reason()), e.getMessage());
    }
  }

  @Override
  public void close() {
    threads.close();
    profiles.close();
  }
}
