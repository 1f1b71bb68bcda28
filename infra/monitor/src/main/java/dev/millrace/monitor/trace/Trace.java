package dev.millrace.monitor.trace;

import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * What happened to one document or task, in the order of time.
 *
 * @param complete false when topics were too long to be looked through: something older may be
 *     missing
 */
public record Trace(String subject, List<Event> events, boolean complete) {

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
      Map<String, String> detail) {}

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
