package dev.millrace.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.monitor.lag.GroupLag;
import dev.millrace.monitor.lag.LagSnapshot;
import dev.millrace.monitor.lag.PartitionLag;
import dev.millrace.monitor.lag.TopicLag;

/** Lag as JSON for programs; null where a time to drain does not exist. */
final class LagJson {

  private LagJson() {}

  static String of(LagSnapshot seen, boolean oneLine) {
    ObjectNode root = Api.JSON.createObjectNode().put("at", seen.at());
    ArrayNode groups = root.putArray("groups");
    for (GroupLag group : seen.groups()) {
      ObjectNode one =
          groups
              .addObject()
              .put("group", group.group())
              .put("kind", group.kind().written())
              .put("state", group.state())
              .put("lag", group.lag())
              .put("lag_seconds", group.seconds())
              .put("stuck", group.stuck());
      ArrayNode topics = one.putArray("topics");
      group.topics().forEach(topic -> topic(topics.addObject(), topic));
    }
    return oneLine ? root.toString() : root.toPrettyString();
  }

  private static void topic(ObjectNode json, TopicLag topic) {
    json.put("topic", topic.topic())
        .put("lag", topic.lag())
        .put("lag_seconds", topic.seconds())
        .put("lag_seconds_is_lower_bound", topic.atLeast())
        .put("consumed_per_second", topic.consumedPerSecond())
        .put("produced_per_second", topic.producedPerSecond())
        .put("drain_seconds", finite(topic.drainSeconds()))
        .put("stuck", topic.stuck());
    ArrayNode partitions = json.putArray("partitions");
    for (PartitionLag lag : topic.partitions()) {
      partitions
          .addObject()
          .put("partition", lag.partition())
          .put("current_offset", lag.position())
          .put("end_offset", lag.end())
          .put("lag", lag.lag())
          .put("lag_seconds", lag.seconds());
    }
  }

  private static Double finite(double seconds) {
    return Double.isInfinite(seconds) ? null : seconds;
  }
}
