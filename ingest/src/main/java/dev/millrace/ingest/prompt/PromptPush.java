package dev.millrace.ingest.prompt;

import dev.millrace.contracts.avro.Prompt;
import dev.millrace.ingest.IngestException;
import dev.millrace.ingest.PromptProducer;
import dev.millrace.ingest.PromptRules;
import dev.millrace.ingest.source.Fault;
import dev.millrace.ingest.source.Lines;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * Sends the prompts of a stream of JSON lines. A line that is no prompt is a fault with its number,
 * and the next one follows.
 */
public final class PromptPush {

  /** Hears how it goes, from any thread. */
  public interface Observer {
    /**
     * @param bytes of the stream read since the last call
     * @param sent prompts acknowledged so far
     */
    void progress(long bytes, long sent);

    void fault(Fault fault);
  }

  /**
   * What came of it.
   *
   * @param sent prompts that the log has acknowledged, the held-out ones among them
   */
  public record Result(long sent, long heldOut, long faults) {}

  private static final int LONGEST_LINE = 8 * PromptRules.MAX_BYTES;
  private static final Duration FLUSH = Duration.ofMinutes(2);

  private final PromptProducer producer;
  private final PromptJson json;
  private final Observer observer;
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong heldOut = new AtomicLong();
  private final AtomicLong faults = new AtomicLong();

  public PromptPush(PromptProducer producer, PromptJson json, Observer observer) {
    this.producer = Objects.requireNonNull(producer, "producer");
    this.json = Objects.requireNonNull(json, "json");
    this.observer = Objects.requireNonNull(observer, "observer");
  }

  /**
   * Sends all lines and returns when each is acknowledged or has failed.
   *
   * @param name of the stream, for messages
   * @param ids the id of a line by its number, where the line names none
   * @throws IngestException.Unavailable when Kafka or the registry does not answer
   * @throws IngestException.Refused when one of them refuses for good
   */
  public Result run(InputStream in, String name, Function<Long, String> ids) throws IOException {
    var lines = new Lines(in, LONGEST_LINE);
    long number = 0;
    while (lines.next()) {
      number++;
      String origin = name + ":" + number;
      if (lines.tooLong()) {
        fault(origin, "the line is longer than " + LONGEST_LINE + " bytes");
      } else {
        line(lines, origin, number, ids);
      }
      observer.progress(lines.consumed(), sent.get());
    }
    producer.flush(FLUSH);
    return new Result(sent.get(), heldOut.get(), faults.get());
  }

  private void line(Lines lines, String origin, long number, Function<Long, String> ids) {
    int start = number == 1 && startsWithMark(lines) ? 3 : 0;
    if (isBlank(lines, start)) {
      return;
    }
    Prompt prompt;
    try {
      prompt = json.read(lines.bytes(), start, lines.length() - start, () -> ids.apply(number));
    } catch (IngestException.Invalid | IngestException.TooLarge e) {
      fault(origin, e.getMessage());
      return;
    }
    boolean kept = prompt.getHeldOut();
    producer
        .send(prompt)
        .whenComplete(
            (receipt, failure) -> {
              if (failure != null) {
                fault(origin, failure.getMessage());
              } else {
                sent.incrementAndGet();
                heldOut.addAndGet(kept ? 1 : 0);
              }
            });
  }

  private void fault(String origin, String reason) {
    faults.incrementAndGet();
    observer.fault(new Fault(origin, reason));
  }

  // Windows programs write a byte order mark even where there is no order of bytes.
  private static boolean startsWithMark(Lines lines) {
    byte[] bytes = lines.bytes();
    return lines.length() >= 3
        && bytes[0] == (byte) 0xEF
        && bytes[1] == (byte) 0xBB
        && bytes[2] == (byte) 0xBF;
  }

  private static boolean isBlank(Lines lines, int start) {
    for (int i = start; i < lines.length(); i++) {
      if (lines.bytes()[i] > ' ' || lines.bytes()[i] < 0) {
        return false;
      }
    }
    return true;
  }
}
