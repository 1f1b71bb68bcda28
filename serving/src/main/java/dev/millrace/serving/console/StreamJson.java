package dev.millrace.serving.console;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.monitor.alarm.Alarm;
import dev.millrace.monitor.lag.GroupLag;
import dev.millrace.monitor.lag.LagSnapshot;
import dev.millrace.monitor.lag.PartitionLag;
import dev.millrace.monitor.lag.TopicFlow;
import dev.millrace.monitor.lag.TopicLag;
import dev.millrace.monitor.stream.StageView;
import dev.millrace.monitor.stream.StreamView;
import java.util.List;

/** The stream, its groups and its alarms as JSON. Times to drain are null where there is no end. */
final class StreamJson {

  private StreamJson() {}

  static ObjectNode stream(StreamView view) {
    ObjectNode json =
        Wire.object()
            .put("at", view.at())
            .put("prefix", view.prefix())
            .put("documentsPerSecond", Wire.finite(view.documentsPerSecond()))
            .put("tokensPerSecond", Wire.finite(view.tokensPerSecond()));
    json.set("freshness", Wire.spread(view.freshness()));
    json.set("documents", stages(view.documents()));
    json.set("learning", stages(view.learning()));
    return json;
  }

  private static ArrayNode stages(List<StageView> stages) {
    ArrayNode all = Wire.array();
    for (StageView stage : stages) {
      ObjectNode one =
          all.addObject()
              .put("name", stage.name())
              .put("reads", stage.reads())
              .put("writes", stage.writes())
              .put("perSecond", Wire.finite(stage.perSecond()))
              .put("lag", stage.lag())
              .put("lagSeconds", Wire.finite(stage.lagSeconds()))
              .put("atLeast", stage.atLeast())
              .put("drainSeconds", Wire.finite(stage.drainSeconds()))
              .put("stuck", stage.stuck())
              .put("errors", stage.errors())
              .put("note", stage.note());
      one.set("latency", Wire.spread(stage.latency()));
      stage
          .paused()
          .ifPresent(
              pause ->
                  one.putObject("paused")
                      .put("by", pause.by())
                      .put("reason", pause.reason())
                      .put("since", pause.since()));
      stage.groups().forEach(one.putArray("groups")::add);
    }
    return all;
  }

  static ArrayNode alarms(List<Alarm> alarms) {
    ArrayNode all = Wire.array();
    for (Alarm alarm : alarms) {
      all.addObject()
          .put("name", alarm.finding().kind().written())
          .put("subject", alarm.finding().subject())
          .put("sentence", alarm.finding().sentence())
          .put("advice", alarm.finding().kind().advice())
          .put("since", alarm.since());
    }
    return all;
  }

  /** All groups without their partitions, and all topics. */
  static ObjectNode groups(LagSnapshot lag) {
    ObjectNode json = Wire.object().put("at", lag.at());
    ArrayNode groups = json.putArray("groups");
    for (GroupLag group : lag.groups()) {
      for (TopicLag topic : group.topics()) {
        groups
            .addObject()
            .put("group", group.group())
            .put("kind", group.kind().written())
            .put("state", group.state())
            .put("retired", group.retired())
            .put("topic", topic.topic())
            .put("partitions", topic.partitions().size())
            .put("lag", topic.lag())
            .put("lagSeconds", Wire.finite(topic.seconds()))
            .put("atLeast", topic.atLeast())
            .put("consumedPerSecond", Wire.finite(topic.consumedPerSecond()))
            .put("producedPerSecond", Wire.finite(topic.producedPerSecond()))
            .put("drainSeconds", Wire.finite(topic.drainSeconds()))
            .put("waitingSeconds", Wire.finite(topic.waitingSeconds()))
            .put("stuck", topic.stuck());
      }
    }
    ArrayNode topics = json.putArray("topics");
    for (TopicFlow topic : lag.topics()) {
      topics
          .addObject()
          .put("topic", topic.topic())
          .put("partitions", topic.partitions().size())
          .put("records", topic.records())
          .put("producedPerSecond", Wire.finite(topic.producedPerSecond()));
    }
    return json;
  }

  /** The partitions of a group in a topic. */
  static ArrayNode partitions(TopicLag topic) {
    ArrayNode all = Wire.array();
    for (PartitionLag lag : topic.partitions()) {
      all.addObject()
          .put("partition", lag.partition())
          .put("position", lag.position())
          .put("end", lag.end())
          .put("lag", lag.lag())
          .put("lagSeconds", Wire.finite(lag.seconds()))
          .put("consumedPerSecond", Wire.finite(lag.consumedPerSecond()))
          .put("producedPerSecond", Wire.finite(lag.producedPerSecond()))
          .put("drainSeconds", Wire.finite(lag.drainSeconds()))
          .put("waitingSeconds", Wire.finite(lag.waitingSeconds()));
    }
    return all;
  }
}
