package dev.millrace.runtime;

import java.time.Duration;
import java.util.Objects;

/**
 * How a {@link ShareLoop} takes part in its share group.
 *
 * @param group the share group's name on the broker, prefix included
 * @param lanes consumers of this loop. A lane takes new records when all of those that it holds are
 *     done: many lanes of one record never wait for a slow one, few lanes of many records need
 *     fewer connections
 * @param recordsPerLane records that a lane takes at a time, at most
 * @param lock how long the broker waits for a worker that has gone silent, before others get its
 *     records; renewed while the work goes on. Brokers refuse less than 15 s unless their {@code
 *     group.share.min.record.lock.duration.ms} says otherwise
 * @param maxDeliveries how often a record is tried before it becomes a dead letter
 * @param patience how long a record is kept when something outside is away, before it is given back
 *     for others to try
 */
public record ShareSettings(
    String group,
    int lanes,
    int recordsPerLane,
    Duration lock,
    int maxDeliveries,
    Duration patience) {

  private static final Duration SHORTEST_LOCK = Duration.ofSeconds(1);
  private static final Duration LONGEST_LOCK = Duration.ofSeconds(60);

  /** Two below the largest {@code share.delivery.count.limit} that a broker takes by default. */
  private static final int MOST_DELIVERIES = 8;

  public ShareSettings {
    Objects.requireNonNull(group, "group");
    within("lanes", lanes, 1, 256);
    within("records of a lane", recordsPerLane, 1, 1_000);
    within("max deliveries", maxDeliveries, 1, MOST_DELIVERIES);
    if (lock.compareTo(SHORTEST_LOCK) < 0 || lock.compareTo(LONGEST_LOCK) > 0) {
      throw new SettingsException(
          "the lock of share group %s must be from 1s to 60s: %s".formatted(group, lock));
    }
    if (patience.isNegative()) {
      throw new SettingsException("patience must not be negative: " + patience);
    }
  }

  private static void within(String name, int value, int min, int max) {
    if (value < min || value > max) {
      throw new SettingsException(
          name + " must be from " + min + " to " + max + ", but is " + value);
    }
  }

  /** Reads {@code <prefix>group}, {@code lanes}, {@code records}, {@code lock} and so on. */
  public static ShareSettings from(Settings settings, String prefix, String topicsPrefix) {
    return new ShareSettings(
        topicsPrefix + settings.text(prefix + "group"),
        settings.integer(prefix + "lanes", 1, 256),
        settings.integer(prefix + "records", 1, 1_000),
        settings.duration(prefix + "lock"),
        settings.integer(prefix + "max-deliveries", 1, MOST_DELIVERIES),
        settings.duration(prefix + "patience"));
  }

  /** Records that the loop holds at most. */
  public int inHand() {
    return lanes * recordsPerLane;
  }

  /**
   * The broker forgets a record, without a word, after its own limit of deliveries: that limit must
   * lie above ours, with room for a worker that dies while it writes the dead letter.
   */
  int brokerDeliveryLimit() {
    return Math.min(10, maxDeliveries + 5);
  }
}
