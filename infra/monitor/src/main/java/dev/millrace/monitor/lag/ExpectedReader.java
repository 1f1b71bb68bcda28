package dev.millrace.monitor.lag;

import java.util.Objects;

/**
 * A group that should read a topic from its beginning. Where it has committed nothing, all of the
 * topic is its lag: otherwise a stage that was never started would look as if nothing waited for
 * it.
 *
 * @param group its name; of generations, what their names begin with
 * @param generations whether there may be any number of such groups, also none
 */
public record ExpectedReader(String group, GroupKind kind, String topic, boolean generations) {
  public ExpectedReader {
    Objects.requireNonNull(group, "group");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(topic, "topic");
  }

  /** One group, whose absence is lag. */
  public ExpectedReader(String group, GroupKind kind, String topic) {
    this(group, kind, topic, false);
  }

  boolean is(String id) {
    return generations ? id.startsWith(group) : id.equals(group);
  }
}
