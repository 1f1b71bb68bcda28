package dev.millrace.preprocess.topology;

import dev.millrace.contracts.registry.RegistryException;
import dev.millrace.runtime.Backoff;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for a registry that is away. No record is at fault then, so none becomes a dead letter.
 * After a while the exception goes on: the task is rolled back and tried again, which lets the
 * thread poll and stay in its group.
 */
public final class RegistryPatience {

  private static final Logger LOG = LoggerFactory.getLogger(RegistryPatience.class);

  private final Duration patience;
  private final AtomicReference<String> trouble = new AtomicReference<>();

  /**
   * @param patience longest wait before the exception goes on
   */
  public RegistryPatience(Duration patience) {
    this.patience = patience;
  }

  /** What the registry said last, while it is away. */
  public Optional<String> trouble() {
    return Optional.ofNullable(trouble.get());
  }

  <T> T call(Supplier<T> work) {
    long end = System.nanoTime() + patience.toNanos();
    var backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5));
    while (true) {
      try {
        T result = work.get();
        if (trouble.getAndSet(null) != null) {
          LOG.info("registry is back");
        }
        return result;
      } catch (RegistryException e) {
        Duration wait = backoff.next();
        if (trouble.getAndSet(e.getMessage()) == null) {
          LOG.warn("waiting for the registry error=\"{}\"", e.getMessage());
        }
        if (System.nanoTime() + wait.toNanos() > end || !slept(wait)) {
          throw e;
        }
      }
    }
  }

  private static boolean slept(Duration wait) {
    try {
      Thread.sleep(wait);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
