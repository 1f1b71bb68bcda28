package dev.millrace.serving.console;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.monitor.lag.GroupLag;
import dev.millrace.monitor.lag.LagSnapshot;
import dev.millrace.monitor.lag.TopicLag;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.mcp.LagSource;
import jakarta.inject.Singleton;
import java.time.Duration;

/** Lag for other programs, as the monitor of this process saw it last. */
@Singleton
class ConsoleLag implements LagSource {

  private final ConsoleHolder holder;

  ConsoleLag(ConsoleHolder holder) {
    this.holder = holder;
  }

  @Override
  public ObjectNode lag() {
    LagSnapshot seen = holder.console().monitor().lag().newest();
    if (seen.equals(LagSnapshot.NOTHING)) {
      throw Refusal.unavailable(
          Duration.ofSeconds(2), "Kafka has not told of its groups yet. Try again shortly.");
    }
    return body(seen);
  }

  static ObjectNode body(LagSnapshot seen) {
    ObjectNode answer = Wire.object().put("at", seen.at());
    ArrayNode groups = answer.putArray("groups");
    for (GroupLag group : seen.groups()) {
      for (TopicLag topic : group.topics()) {
        groups
            .addObject()
            .put("group", group.group())
            .put("topic", topic.topic())
            .put("state", group.state())
            .put("lag", topic.lag())
            .put("seconds", Wire.finite(topic.seconds()))
            .put("stuck", topic.stuck());
      }
    }
    return answer;
  }
}
