package dev.millrace.ingest.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ends work in order when the process is asked to stop (Ctrl-C): calls {@code stop} and holds the
 * process until the work has closed this, or the deadline passes.
 */
final class Ending implements AutoCloseable {

  private static final Duration DEADLINE = Duration.ofSeconds(10);

  /** Asks the work to stop soon. */
  interface Stop {
    void now() throws IOException;
  }

  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook;

  Ending(Stop stop) {
    hook = Thread.ofPlatform().name("push-ending").unstarted(() -> end(stop));
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void end(Stop stop) {
    try {
      stop.now();
      if (!done.await(DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
        System.err.println("did not end within " + DEADLINE.toSeconds() + " s");
      }
    } catch (IOException e) {
      System.err.println("cannot stop watching: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    done.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      return; // the process is ending: the hook is what brought us here
    }
  }
}
