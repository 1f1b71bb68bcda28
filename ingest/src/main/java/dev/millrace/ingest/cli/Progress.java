package dev.millrace.ingest.cli;

import dev.millrace.ingest.push.PushObserver;
import dev.millrace.ingest.push.Tally;
import dev.millrace.ingest.source.Fault;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * What a person sees while a push runs: a bar with bytes done, documents, rate and time left on a
 * terminal, a plain line every few seconds elsewhere.
 */
final class Progress implements PushObserver, AutoCloseable {

  private static final long LINE_NANOS = Duration.ofSeconds(5).toNanos();
  private static final int REDRAW_MILLIS = 200;
  private static final String CLEAR_LINE = "\r\033[K";

  private final PrintWriter err;
  private final boolean terminal;
  private final long begun = System.nanoTime();
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong lastLine = new AtomicLong(System.nanoTime());
  private volatile long size = -1;
  private ProgressBar bar;

  /**
   * @param terminal whether a bar may be drawn on standard error
   */
  Progress(PrintWriter err, boolean terminal) {
    this.err = err;
    this.terminal = terminal;
  }

  /** Draws the bar, if one may be drawn. */
  synchronized void begin() {
    if (terminal) {
      bar =
          new ProgressBarBuilder()
              .setTaskName("push")
              .setStyle(ProgressBarStyle.ASCII)
              .setUnit(" MB", 1 << 20)
              .setInitialMax(size)
              .setUpdateIntervalMillis(REDRAW_MILLIS)
              .setConsumer(new ConsoleProgressBarConsumer(System.err))
              .build();
    }
  }

  /** Tells how much there is, when that is known. */
  synchronized void size(long bytes) {
    size = bytes;
    if (bar != null) {
      bar.maxHint(bytes);
    }
  }

  @Override
  public void progress(long bytes, Tally tally) {
    long all = done.addAndGet(bytes);
    if (bar != null) {
      bar.stepTo(all);
      bar.setExtraMessage(
          String.format(Locale.ROOT, " %,d documents, %,.0f/s", tally.done(), rate(tally)));
      return;
    }
    long last = lastLine.get();
    long now = System.nanoTime();
    if (now - last > LINE_NANOS && lastLine.compareAndSet(last, now)) {
      line(line(all, tally));
    }
  }

  private String line(long all, Tally tally) {
    String left = "";
    if (size > 0 && all > 0) {
      double elapsed = (System.nanoTime() - begun) / 1e9;
      left =
          String.format(
              Locale.ROOT,
              ", %.0f %%, about %.0f s left",
              100.0 * all / size,
              Math.max(0, elapsed * (size - all) / all));
    }
    return String.format(Locale.ROOT, "%,d documents, %,.0f/s%s", tally.done(), rate(tally), left);
  }

  private double rate(Tally tally) {
    return tally.done() / Math.max(1e-3, (System.nanoTime() - begun) / 1e9);
  }

  @Override
  public void fault(Fault fault) {
    line(fault.toString());
  }

  @Override
  public void note(String text) {
    line(text);
  }

  private synchronized void line(String text) {
    err.println((bar == null ? "" : CLEAR_LINE) + text);
    err.flush();
  }

  @Override
  public synchronized void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
