package dev.millrace.learner.machine;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of a task: {@code run/step/index}, with the step that issued it. Ordered by step, then
 * by index.
 */
public record TaskId(String run, long step, int index) implements Comparable<TaskId> {

  private static final Pattern FORM = Pattern.compile("([^/]+)/(\\d{8,18})/(\\d{4,9})");
  private static final Comparator<TaskId> ORDER =
      Comparator.comparing(TaskId::run)
          .thenComparingLong(TaskId::step)
          .thenComparingInt(TaskId::index);

  /**
   * @throws IllegalArgumentException if it is no task's name
   */
  public static TaskId parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is no task id: it would be run/step/index");
    }
    return new TaskId(
        matcher.group(1), Long.parseLong(matcher.group(2)), Integer.parseInt(matcher.group(3)));
  }

  @Override
  public int compareTo(TaskId other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return "%s/%08d/%04d".formatted(run, step, index);
  }
}
