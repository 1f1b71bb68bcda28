package dev.millrace.ingest.cli;

import dev.millrace.ingest.prompt.PromptPush;
import dev.millrace.ingest.source.Fault;
import java.io.PrintWriter;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * What a person sees while prompts are pushed: a bar on a terminal, and the first faults; a file of
 * another shape would otherwise print every line of it.
 */
final class PromptProgress implements PromptPush.Observer, AutoCloseable {

  private static final int MOST_FAULTS = 20;

  private final PrintWriter err;
  private final ProgressBar bar;
  private int faults;

  /**
   * @param terminal whether a bar may be drawn on standard error
   * @param size bytes to come
   */
  PromptProgress(PrintWriter err, boolean terminal, long size) {
    this.err = err;
    this.bar =
        terminal
            ? new ProgressBarBuilder()
                .setTaskName("push")
                .setStyle(ProgressBarStyle.ASCII)
                .setUnit(" KB", 1 << 10)
                .setInitialMax(size)
                .setUpdateIntervalMillis(200)
                .setConsumer(new ConsoleProgressBarConsumer(System.err))
                .build()
            : null;
  }

  @Override
  public void progress(long bytes, long sent) {
    if (bar != null) {
      bar.stepBy(bytes);
      bar.setExtraMessage(String.format(Locale.ROOT, " %,d prompts", sent));
    }
  }

  @Override
  public synchronized void fault(Fault fault) {
    faults++;
    if (faults <= MOST_FAULTS) {
      err.println((bar == null ? "" : "\r\033[K") + fault);
      err.flush();
    }
  }

  /** Ends the bar and tells of the faults that were not shown. Idempotent. */
  @Override
  public synchronized void close() {
    if (bar != null) {
      bar.close();
    }
    if (faults > MOST_FAULTS) {
      err.println("... and " + (faults - MOST_FAULTS) + " more");
      err.flush();
      faults = 0;
    }
  }
}
