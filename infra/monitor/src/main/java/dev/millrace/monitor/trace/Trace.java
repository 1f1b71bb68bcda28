package dev.millrace.monitor.trace;

import dev.millrace.runtime.DeadLetter;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * What happened to one document or task, in the order of time.
 *
 * @param complete false when topics were too long to be looked through: something older may be
 *     missing
 */
public record Trace(String subject, List<Event> events, boolean complete) {

  private static final Pattern CONTEXT = Pattern.compile("[0-9a-f]{2}-([0-9a-f]{32})-.*");

  /**
   * One thing that happened.
   *
   * @param at milliseconds since the epoch
   * @param stage that did it
   * @param sentence for a person
   * @param topic where it stands, with partition and offset
   * @param since seconds since what it follows from; NaN where it follows from nothing
   * @param detail more of it, by name
   */
  public record Event(
      long at,
      String stage,
      String sentence,
      String topic,
      int partition,
      long offset,
      double since,
      Map<String, String> detail) {

    /** What a record tells, with the id of the OpenTelemetry trace that it is part of, if any. */
    static Event of(
        ConsumerRecord<byte[], byte[]> record,
        long at,
        String stage,
        String sentence,
        double since,
        Map<String, String> detail) {
      Map<String, String> all = new TreeMap<>(detail);
      Matcher context = CONTEXT.matcher(DeadLetter.header(record.headers(), "traceparent"));
      if (context.matches()) {
        all.put("trace id", context.group(1));
      }
      return new Event(
          at,
          stage,
          sentence,
          record.topic(),
          record.partition(),
          record.offset(),
          since,
          Map.copyOf(all));
    }
  }

  public Trace {
    events =
        events.stream()
            .sorted(Comparator.comparingLong(Event::at).thenComparing(Event::offset))
            .toList();
  }

  public boolean isEmpty() {
    return events.isEmpty();
  }
}
