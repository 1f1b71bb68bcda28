package dev.millrace.policy;

import dev.millrace.runtime.Settings;
import dev.millrace.runtime.SettingsException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * How policies are published and loaded: {@code millrace.policy.*}.
 *
 * @param type in which new versions are published
 * @param keep newest versions of a policy that the pruner leaves
 * @param pinned versions by policy that the pruner leaves whatever their age
 * @param publishDeadline until the broker has acknowledged a version's bytes
 * @param loadDeadline until a version's bytes have come
 */
public record PolicySettings(
    WeightsType type,
    int keep,
    Map<String, Set<Long>> pinned,
    Duration publishDeadline,
    Duration loadDeadline) {

  public static PolicySettings from(Settings settings) {
    return new PolicySettings(
        settings.choice("millrace.policy.dtype", WeightsType.class),
        settings.integer("millrace.policy.keep", 1, 1_000_000),
        pinned(settings),
        settings.duration("millrace.policy.publish-deadline"),
        settings.duration("millrace.policy.load-deadline"));
  }

  private static Map<String, Set<Long>> pinned(Settings settings) {
    Map<String, Set<Long>> pinned = new HashMap<>();
    for (String text : settings.list("millrace.policy.pinned")) {
      Keys.Parsed key =
          Keys.parse(text.getBytes(StandardCharsets.UTF_8))
              .orElseThrow(
                  () ->
                      new SettingsException(
                          "millrace.policy.pinned has '"
                              + text
                              + "' but wants policy/version, such as math/12"));
      pinned.computeIfAbsent(key.policy(), policy -> new HashSet<>()).add(key.version());
    }
    return pinned;
  }
}
