package dev.millrace.ingest.push;

import dev.millrace.ingest.DocumentProducer;
import dev.millrace.ingest.IngestException;
import dev.millrace.ingest.source.DocumentSource;
import dev.millrace.ingest.source.Fault;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * Keeps the log in step with folders until it is stopped: a pass over all of them at the start,
 * after every change and, in case an event was lost, every few minutes. A pass costs one look at
 * every file's attributes; the next one waits a multiple of what the last one took, so that a large
 * folder under steady change does not keep a core busy.
 */
public final class Watcher {

  private static final int REST_FACTOR = 4;
  private static final int TOLD_FAULTS = 10_000;

  private final Push push;
  private final WatchSettings settings;
  private final PushObserver observer;
  private final Set<String> told =
      Collections.newSetFromMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
              return size() > TOLD_FAULTS;
            }
          });
  private volatile boolean stopped;
  private volatile FolderWatch watch;

  public Watcher(
      DocumentProducer producer, Journal journal, WatchSettings settings, PushObserver observer) {
    this.settings = settings;
    this.observer = observer;
    this.push =
        new Push(
            producer, journal, new PushSettings(false, true, settings.deadline()), new Repeating());
  }

  /**
   * Runs until {@link #stop()} or an interrupt.
   *
   * @param afterPass hears of every pass that changed something, and of the first
   * @throws IngestException.Refused when the log takes nothing from us
   */
  public void run(
      List<? extends DocumentSource> sources, boolean force, BiConsumer<Tally, Duration> afterPass)
      throws IOException {
    Duration wait = settings.firstRetry();
    boolean first = true;
    try (FolderWatch opened = new FolderWatch()) {
      watch = opened;
      while (!stopped) {
        long begun = System.nanoTime();
        try {
          Tally tally = push.run(sources, force && first);
          Duration took = Duration.ofNanos(System.nanoTime() - begun);
          if (first || !tally.isIdle()) {
            afterPass.accept(tally, took);
          }
          first = false;
          wait = settings.firstRetry();
          rest(opened, tally, took);
        } catch (IngestException.Unavailable e) {
          if (stopped) {
            return;
          }
          observer.note(e.getMessage() + "; next try in " + wait.toSeconds() + " s");
          pause(wait);
          wait = longer(wait);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Duration longer(Duration wait) {
    Duration twice = wait.multipliedBy(2);
    return twice.compareTo(settings.lastRetry()) > 0 ? settings.lastRetry() : twice;
  }

  private void rest(FolderWatch opened, Tally tally, Duration took) throws InterruptedException {
    if (tally.unsettled() > 0) {
      pause(settings.quiet());
      return;
    }
    if (opened.await(opened.isBlind() ? settings.blindPass() : settings.surePass())) {
      Duration rest = took.multipliedBy(REST_FACTOR);
      pause(rest.compareTo(settings.quiet()) > 0 ? rest : settings.quiet());
    }
  }

  private synchronized void pause(Duration time) throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0 && !stopped; left = end - System.nanoTime()) {
      wait(Math.max(1, left / 1_000_000));
    }
  }

  /** Makes {@link #run} return soon, from any thread. */
  public void stop() throws IOException {
    stopped = true;
    synchronized (this) {
      notifyAll();
    }
    FolderWatch opened = watch;
    if (opened != null) {
      opened.close();
    }
  }

  /** What is wrong stays wrong from pass to pass: it is said once. */
  private final class Repeating implements PushObserver {

    @Override
    public void fault(Fault fault) {
      boolean isNew;
      synchronized (told) {
        isNew = told.add(fault.toString());
      }
      if (isNew) {
        observer.fault(fault);
      }
    }

    @Override
    public void note(String line) {
      boolean isNew;
      synchronized (told) {
        isNew = told.add(line);
      }
      if (isNew) {
        observer.note(line);
      }
    }

    @Override
    public void progress(long bytes, Tally tally) {
      observer.progress(bytes, tally);
    }

    @Override
    public void folder(Path folder) {
      FolderWatch opened = watch;
      if (opened != null) {
        opened.add(folder);
      }
      observer.folder(folder);
    }
  }
}
