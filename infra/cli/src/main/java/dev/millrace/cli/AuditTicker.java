package dev.millrace.cli;

import dev.millrace.monitor.audit.AuditProgress;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/** How far the reading has come: one line that is written over on a terminal, else a few lines. */
final class AuditTicker implements AuditProgress, AutoCloseable {

  private static final String CLEAR_LINE = "\r\033[K";

  private final PrintStream err;
  private final boolean inPlace;
  private final long interval;
  private long next;
  private boolean shown;

  /**
   * @param inPlace whether the line may be written over
   */
  AuditTicker(PrintStream err, boolean inPlace) {
    this.err = err;
    this.inPlace = inPlace;
    this.interval = (inPlace ? Duration.ofMillis(100) : Duration.ofSeconds(5)).toNanos();
    this.next = System.nanoTime() + interval;
  }

  @Override
  public void at(String topic, long read, long total) {
    long now = System.nanoTime();
    if (now < next) {
      return;
    }
    next = now + interval;
    String line =
        String.format(
            Locale.ROOT,
            "reading %s: %,d of %,d (%.0f %%)",
            topic,
            read,
            total,
            100.0 * read / Math.max(1, total));
    if (inPlace) {
      err.print(CLEAR_LINE + line);
    } else {
      err.println(line);
    }
    err.flush();
    shown = true;
  }

  @Override
  public void close() {
    if (inPlace && shown) {
      err.print(CLEAR_LINE);
      err.flush();
    }
  }
}
