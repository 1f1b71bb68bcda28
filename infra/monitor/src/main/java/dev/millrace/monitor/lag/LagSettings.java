package dev.millrace.monitor.lag;

import dev.millrace.runtime.Settings;
import dev.millrace.runtime.SettingsException;
import java.time.Duration;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * How lag is watched; every key is explained in {@code millrace-defaults.properties}.
 *
 * @param interval between two refreshes
 * @param patience how long a group may have something to read and not move
 * @param groups those that are watched
 * @param mostGroups of them
 * @param mostSeries of one metric; partitions go first
 * @param answer how long any one question to Kafka may take
 */
public record LagSettings(
    Duration interval,
    Duration patience,
    Pattern groups,
    int mostGroups,
    int mostSeries,
    Duration answer) {

  /** Reads {@code millrace.monitor.*}. */
  public static LagSettings from(Settings settings) {
    Duration interval = settings.duration("millrace.monitor.interval");
    if (interval.toMillis() < 100) {
      throw new SettingsException("millrace.monitor.interval must be 100ms or more: " + interval);
    }
    return new LagSettings(
        interval,
        settings.duration("millrace.monitor.stuck-after"),
        pattern(settings.text("millrace.monitor.groups")),
        settings.integer("millrace.monitor.most-groups", 1, 100_000),
        settings.integer("millrace.monitor.most-series", 1, 10_000_000),
        settings.duration("millrace.monitor.answer"));
  }

  private static Pattern pattern(String text) {
    try {
      return Pattern.compile(text);
    } catch (PatternSyntaxException e) {
      throw new SettingsException(
          "millrace.monitor.groups is '%s', which is no regular expression: %s"
              .formatted(text, e.getDescription()));
    }
  }
}
