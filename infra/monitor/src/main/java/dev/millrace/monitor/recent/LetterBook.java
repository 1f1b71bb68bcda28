package dev.millrace.monitor.recent;

import dev.millrace.runtime.DeadLetter;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** How many dead letters there were lately, by stage and reason. */
public final class LetterBook {

  private static final int MOST = 10_000;

  private record Noted(long at, String stage, String reason) {}

  private final Ring<Noted> letters = new Ring<>(MOST);

  /** Takes note of a record of {@code dead-letters}. */
  public void note(ConsumerRecord<byte[], byte[]> record) {
    letters.add(
        new Noted(
            record.timestamp(),
            DeadLetter.header(record.headers(), DeadLetter.STAGE),
            DeadLetter.header(record.headers(), DeadLetter.REASON)));
  }

  /** Letters of a stage since a time. */
  public long of(String stage, long since) {
    return letters.newestFirst().stream()
        .filter(letter -> letter.at() >= since && letter.stage().equals(stage))
        .count();
  }

  /** Letters of all stages from {@code since} (inclusive) to {@code until} (exclusive). */
  public long between(long since, long until) {
    return letters.newestFirst().stream()
        .filter(letter -> letter.at() >= since && letter.at() < until)
        .count();
  }

  /** Letters since a time by stage and reason, written {@code stage/reason}. */
  public Map<String, Integer> reasons(long since) {
    Map<String, Integer> counts = new TreeMap<>();
    letters.newestFirst().stream()
        .filter(letter -> letter.at() >= since)
        .forEach(letter -> counts.merge(letter.stage() + "/" + letter.reason(), 1, Integer::sum));
    return counts;
  }
}
