package dev.millrace.monitor.lag;

import java.util.Objects;

/**
 * A group that should read a topic from its beginning. Where it has committed nothing, all of the
 * topic is its lag: otherwise a stage that was never started would look as if nothing waited for
 * it.
 */
public record ExpectedReader(String group, GroupKind kind, String topic) {
  public ExpectedReader {
    Objects.requireNonNull(group, "group");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(topic, "topic");
  }
}
