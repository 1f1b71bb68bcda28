package dev.millrace.policy;

import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.checkpoint.TensorDigest;
import dev.millrace.models.checkpoint.TensorInfo;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Hashes tensors on a thread of its own while they are sent or received. Closed, it no longer
 * touches them.
 */
final class DigestTask implements AutoCloseable {

  private static final long SLICE_SECONDS = 60;

  private final FutureTask<String> task;
  private final Thread thread;
  private volatile boolean cancelled;

  private DigestTask(String thread, Collection<Tensor> tensors) {
    this.task =
        new FutureTask<>(
            () -> TensorDigest.sha256(tensors.stream().<Tensor>map(Stoppable::new).toList()));
    this.thread = Thread.ofPlatform().name(thread).daemon().unstarted(task);
  }

  static DigestTask start(String thread, Collection<Tensor> tensors) {
    DigestTask digest = new DigestTask(thread, tensors);
    digest.thread.start();
    return digest;
  }

  /**
   * The hash, in hexadecimal.
   *
   * @param what names the version in messages
   */
  String await(Deadline deadline, String what) {
    try {
      return task.get(deadline.left().toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new PolicyException(
          PolicyException.Reason.TIMEOUT, what + " was not hashed within " + deadline, e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(what + " cannot be hashed: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PolicyException(
          PolicyException.Reason.TIMEOUT, what + ": interrupted while it was hashed", e);
    }
  }

  /** Ends it within the time of a slice. */
  @Override
  public void close() {
    cancelled = true;
    boolean interrupted = false;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SLICE_SECONDS);
    while (thread.isAlive() && System.nanoTime() < end) {
      try {
        thread.join(100);
      } catch (InterruptedException e) {
        // The memory must not be freed under its hands: an interrupted caller waits as well.
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      throw new IllegalStateException(thread.getName() + " has not ended");
    }
  }

  private final class Stoppable implements Tensor {
    private final Tensor origin;

    Stoppable(Tensor origin) {
      this.origin = origin;
    }

    @Override
    public TensorInfo info() {
      return origin.info();
    }

    @Override
    public ByteBuffer slice(long offset, int length) {
      if (cancelled) {
        throw new java.util.concurrent.CancellationException("no longer wanted");
      }
      return origin.slice(offset, length);
    }
  }
}
