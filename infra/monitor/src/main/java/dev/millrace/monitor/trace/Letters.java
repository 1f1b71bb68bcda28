package dev.millrace.monitor.trace;

import dev.millrace.runtime.DeadLetter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Dead letters of a key as events. */
final class Letters {

  private Letters() {}

  static List<Trace.Event> of(KeyedLook look, String topic, String key) {
    List<Trace.Event> events = new ArrayList<>();
    for (var seen : look.<Object>find(topic, key, null)) {
      events.add(event(seen.record()));
    }
    return events;
  }

  private static Trace.Event event(ConsumerRecord<byte[], byte[]> record) {
    String stage = DeadLetter.header(record.headers(), DeadLetter.STAGE);
    String reason = DeadLetter.header(record.headers(), DeadLetter.REASON);
    String origin =
        DeadLetter.header(record.headers(), DeadLetter.ORIGIN)
            + "-"
            + DeadLetter.header(record.headers(), DeadLetter.PARTITION)
            + "@"
            + DeadLetter.header(record.headers(), DeadLetter.OFFSET);
    return Trace.Event.of(
        record,
        record.timestamp(),
        stage,
        "became a dead letter: " + reason,
        Double.NaN,
        Map.of(
            "origin", origin,
            "reason", reason,
            "error", DeadLetter.header(record.headers(), DeadLetter.ERROR)));
  }
}
