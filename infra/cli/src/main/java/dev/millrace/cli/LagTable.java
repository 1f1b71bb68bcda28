package dev.millrace.cli;

import dev.millrace.monitor.lag.GroupLag;
import dev.millrace.monitor.lag.LagSnapshot;
import dev.millrace.monitor.lag.PartitionLag;
import dev.millrace.monitor.lag.TopicLag;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Lag as a table for a person, the longest first. */
final class LagTable {

  private static final List<String> HEAD =
      List.of("GROUP", "KIND", "TOPIC", "LAG", "SECONDS", "IN/s", "OUT/s", "DRAINED IN", "STATE");

  private final Screen screen;
  private final boolean partitions;

  LagTable(Screen screen, boolean partitions) {
    this.screen = screen;
    this.partitions = partitions;
  }

  void print(LagSnapshot seen) {
    List<List<String>> rows = new ArrayList<>();
    List<Boolean> stuck = new ArrayList<>();
    seen.groups().stream()
        .sorted(
            Comparator.comparingDouble(GroupLag::seconds).thenComparing(GroupLag::lag).reversed())
        .forEach(
            group -> {
              for (TopicLag topic : group.topics()) {
                rows.add(row(group, topic));
                stuck.add(topic.stuck());
                if (partitions) {
                  for (PartitionLag partition : topic.partitions()) {
                    rows.add(row(partition));
                    stuck.add(false);
                  }
                }
              }
            });
    if (rows.isEmpty()) {
      screen.line("no group has read anything yet");
      return;
    }
    print(rows, stuck);
  }

  private void print(List<List<String>> rows, List<Boolean> stuck) {
    int[] width = new int[HEAD.size()];
    for (int i = 0; i < width.length; i++) {
      int column = i;
      width[i] =
          Math.max(
              HEAD.get(i).length(),
              rows.stream().mapToInt(row -> row.get(column).length()).max().orElse(0));
    }
    screen.line(screen.bold(line(HEAD, width)));
    for (int i = 0; i < rows.size(); i++) {
      String text = line(rows.get(i), width);
      screen.line(stuck.get(i) ? screen.bad(text) : text);
    }
  }

  private static String line(List<String> cells, int[] width) {
    var line = new StringBuilder();
    for (int i = 0; i < width.length; i++) {
      boolean figure = i >= 3 && i <= 7;
      line.append(("%" + (figure ? "" : "-") + width[i] + "s").formatted(cells.get(i)));
      line.append("  ");
    }
    return line.toString().stripTrailing();
  }

  private static List<String> row(GroupLag group, TopicLag topic) {
    return List.of(
        group.group(),
        group.kind().written(),
        topic.topic(),
        String.valueOf(topic.lag()),
        (topic.atLeast() ? ">" : "") + figure(topic.seconds()),
        figure(topic.producedPerSecond()),
        figure(topic.consumedPerSecond()),
        time(topic.drainSeconds()),
        topic.stuck()
            ? "STUCK for " + time(topic.waitingSeconds())
            : group.state().toLowerCase(Locale.ROOT));
  }

  private static List<String> row(PartitionLag lag) {
    return List.of(
        "",
        "",
        "  partition " + lag.partition() + " at " + lag.position() + " of " + lag.end(),
        String.valueOf(lag.lag()),
        (lag.atLeast() ? ">" : "") + figure(lag.seconds()),
        figure(lag.producedPerSecond()),
        figure(lag.consumedPerSecond()),
        time(lag.drainSeconds()),
        "");
  }

  private static String figure(double value) {
    return value == 0 ? "0" : String.format(Locale.ROOT, value < 100 ? "%.1f" : "%.0f", value);
  }

  /** {@code 42s}, {@code 3m10s}, {@code 2h05m}, or {@code never}. */
  static String time(double seconds) {
    if (Double.isInfinite(seconds)) {
      return "never";
    }
    long whole = Math.round(seconds);
    if (whole < 60) {
      return whole + "s";
    }
    return whole < 3_600
        ? "%dm%02ds".formatted(whole / 60, whole % 60)
        : "%dh%02dm".formatted(whole / 3_600, whole % 3_600 / 60);
  }
}
