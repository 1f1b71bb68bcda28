package dev.millrace.policy;

import dev.millrace.runtime.Settings;
import java.time.Duration;

/**
 * How policies are published and loaded: {@code millrace.policy.*}.
 *
 * @param type in which new versions are published
 * @param keep newest versions of a policy that the pruner leaves
 * @param publishDeadline until the broker has acknowledged a version's bytes
 * @param loadDeadline until a version's bytes have come
 */
public record PolicySettings(
    WeightsType type, int keep, Duration publishDeadline, Duration loadDeadline) {

  public static PolicySettings from(Settings settings) {
    return new PolicySettings(
        settings.choice("millrace.policy.dtype", WeightsType.class),
        settings.integer("millrace.policy.keep", 1, 1_000_000),
        settings.duration("millrace.policy.publish-deadline"),
        settings.duration("millrace.policy.load-deadline"));
  }
}
