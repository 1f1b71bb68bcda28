package dev.millrace.rollout;

import dev.millrace.runtime.Settings;
import dev.millrace.runtime.ShareSettings;
import java.time.Duration;
import java.util.UUID;

/**
 * How the stage works.
 *
 * @param worker name of this worker in its results; no other process or stage has it
 * @param policies that it samples from at the same time, at most
 * @param versionWait how long a task waits here for the version that it wants, before it counts as
 *     held up
 * @param adoptionDeadline after which a published version should be in use
 */
public record RolloutSettings(
    ShareSettings share,
    String worker,
    EngineBounds engine,
    int policies,
    Duration versionWait,
    Duration adoptionDeadline) {

  private static final int UNIQUE = 8;

  /** Reads {@code millrace.rollout.*}. */
  public static RolloutSettings from(Settings settings, String topicsPrefix) {
    String own = UUID.randomUUID().toString().substring(0, UNIQUE);
    return new RolloutSettings(
        ShareSettings.from(settings, "millrace.rollout.", topicsPrefix),
        settings.text("millrace.instance") + "-" + own,
        new EngineBounds(
            settings.integer("millrace.rollout.slots", 1, 65_536),
            settings.integer("millrace.rollout.context", 0, 10_000_000),
            settings.integer("millrace.rollout.prefill-tokens", 1, 10_000_000),
            settings.whole("millrace.rollout.kv-bytes", 1, Long.MAX_VALUE),
            settings.duration("millrace.rollout.least-step")),
        settings.integer("millrace.rollout.policies", 1, 64),
        settings.duration("millrace.rollout.version-wait"),
        settings.duration("millrace.rollout.adoption-deadline"));
  }
}
