package dev.millrace.cli;

import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * How long the engines of a rollout worker have been at work, and how many token steps they have
 * made, as seen again and again.
 */
public final class EngineUse {

  private record Done(double busySeconds, double steps) {}

  private final NavigableMap<Long, Done> seen = new ConcurrentSkipListMap<>();

  /**
   * Takes in what a worker says of itself.
   *
   * @param at milliseconds since the epoch
   * @param page its metrics in Prometheus' text format
   */
  public void see(long at, String page) {
    double steps = sum(page, "millrace_rollout_steps_total");
    if (steps > 0) {
      seen.put(at, new Done(sum(page, "millrace_rollout_busy_seconds_total"), steps));
    }
  }

  private static double sum(String page, String name) {
    return page.lines()
        .filter(line -> line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /**
   * Which part of the time the engines had nothing to do.
   *
   * @param from milliseconds since the epoch
   * @return NaN where it was not seen
   */
  public double idle(long from, long to) {
    var within = seen.subMap(from, true, to, true);
    if (within.size() < 2) {
      return Double.NaN;
    }
    double seconds = (within.lastKey() - within.firstKey()) / 1000.0;
    return Math.clamp(1 - busy(within) / seconds, 0, 1);
  }

  /** Seconds of a token step; NaN where none was seen. */
  public double stepSeconds(long from, long to) {
    var within = seen.subMap(from, true, to, true);
    return within.size() < 2
        ? Double.NaN
        : busy(within)
            / (within.lastEntry().getValue().steps() - within.firstEntry().getValue().steps());
  }

  private static double busy(NavigableMap<Long, Done> within) {
    return within.lastEntry().getValue().busySeconds()
        - within.firstEntry().getValue().busySeconds();
  }
}
