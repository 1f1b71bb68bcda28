package dev.millrace.monitor.lag;

import java.util.Locale;

/** How the members of a group share its topics. */
public enum GroupKind {
  /** Partitions belong to members; classic and new protocol, and groups without members. */
  CONSUMER,
  /** Kafka Streams' own protocol. */
  STREAMS,
  /** Records are handed out one by one. */
  SHARE;

  /** As people and dashboards write it. */
  public String written() {
    return name().toLowerCase(Locale.ROOT);
  }
}
