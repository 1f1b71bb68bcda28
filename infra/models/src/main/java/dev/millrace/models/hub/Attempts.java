package dev.millrace.models.hub;

import java.io.IOException;
import java.time.Duration;

/** Tries something a bounded number of times, with growing waits, where another try can help. */
record Attempts(int limit, Duration backoff) {

  /** Nobody waits longer than this between two tries, whatever the server says. */
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(2);

  interface Work<T> {
    T run() throws IOException;
  }

  /** A failure after which another try can help. */
  static final class Temporary extends IOException {
    private final Duration wait;

    Temporary(String message, Duration wait) {
      super(message);
      this.wait = wait;
    }
  }

  <T> T of(String what, Work<T> work) {
    Duration wait = backoff;
    for (int attempt = 1; ; attempt++) {
      try {
        return work.run();
      } catch (IOException e) {
        if (attempt == limit) {
          throw new HubException(
              "%s could not be fetched in %d attempts: %s".formatted(what, limit, reason(e)), e);
        }
        Duration asked = e instanceof Temporary temporary ? temporary.wait : Duration.ZERO;
        sleep(wait.compareTo(asked) > 0 ? wait : asked, what);
        wait = wait.multipliedBy(2);
      }
    }
  }

  private static String reason(IOException e) {
    String message = e.getMessage();
    return e instanceof Temporary && message != null
        ? message
        : e.getClass().getSimpleName() + (message == null ? "" : ": " + message);
  }

  private static void sleep(Duration wait, String what) {
    try {
      Thread.sleep(wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HubException("interrupted while waiting to fetch " + what, e);
    }
  }

  /** Passes 200 and 206; other answers become an error that says whether to try again. */
  static void requireSuccess(HubResponse response, String what) throws IOException {
    int status = response.status();
    if (status == 200 || status == 206) {
      return;
    }
    String answer = what + ": the hub answered " + status;
    if (status == 401 || status == 403) {
      throw new HubException(
          answer + "; it is private, gated or not there: give a token with access");
    }
    if (status == 404) {
      throw new HubException(answer + "; check the name and the revision");
    }
    if (status == 408 || status == 429 || status >= 500) {
      throw new Temporary(answer, response.retryAfter().orElse(Duration.ZERO));
    }
    throw new HubException(answer);
  }
}
