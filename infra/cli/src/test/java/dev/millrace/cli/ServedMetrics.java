package dev.millrace.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Metrics as {@code /q/metrics} serves them, and as the manual names them.
 *
 * @param exposition in Prometheus' text format
 */
record ServedMetrics(String exposition) {

  /** Names of series. */
  Set<String> names() {
    return exposition
        .lines()
        .filter(line -> !line.startsWith("#") && !line.isBlank())
        .map(line -> line.split("[{ ]", 2)[0])
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /**
   * Whether a series of {@code metric} has all of these labels.
   *
   * @param grouped names of labels, comma-separated
   * @param selected one more, or null
   */
  boolean haveLabels(String metric, String grouped, String selected) {
    List<String> labels = new ArrayList<>(List.of(grouped.split(", *")));
    if (selected != null) {
      labels.add(selected);
    }
    return exposition
        .lines()
        .filter(line -> line.startsWith(metric + "{"))
        .anyMatch(
            line -> labels.stream().allMatch(label -> line.matches(".*[{,]" + label + "=.*")));
  }

  /** Whether a series is one of those that make up a metric. */
  static boolean isOf(String series, String metric) {
    return series.equals(metric)
        || series.startsWith(metric)
            && series.substring(metric.length()).matches("_(sum|count|max|bucket)");
  }

  /** Metrics that docs/operations.md names under a heading. */
  static Set<String> documented(String heading) throws IOException {
    String text = Files.readString(Path.of("../../docs/operations.md"));
    String part = text.substring(text.indexOf(heading) + heading.length());
    part = part.substring(0, Math.max(0, part.indexOf("\n#")));
    return part.lines()
        .filter(line -> line.startsWith("| `"))
        .flatMap(line -> Pattern.compile("`([a-z_0-9]+)`").matcher(line.split("\\|")[1]).results())
        .map(match -> match.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
