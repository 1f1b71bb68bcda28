package dev.millrace.reward;

import dev.millrace.runtime.Settings;
import dev.millrace.runtime.ShareSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How the stage works.
 *
 * @param profiles a JSON file of reward profiles
 * @param deadline of one group
 * @param mostStuck groups that may run on after their deadline before no more are taken
 * @param worker name of this worker in its results
 */
public record RewardSettings(
    Optional<Path> profiles, Duration deadline, int mostStuck, String worker, ShareSettings share) {

  /** Reads {@code millrace.reward.*}. */
  public static RewardSettings from(Settings settings, String topicsPrefix) {
    return new RewardSettings(
        settings.optional("millrace.reward.profiles").map(Path::of),
        settings.duration("millrace.reward.deadline"),
        settings.integer("millrace.reward.most-stuck", 1, 1_000),
        settings.text("millrace.instance"),
        ShareSettings.from(settings, "millrace.reward.", topicsPrefix));
  }
}
