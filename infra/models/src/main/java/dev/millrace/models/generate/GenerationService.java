package dev.millrace.models.generate;

import dev.millrace.models.decoder.DecoderWeights;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * An engine with a thread of its own, for callers on many threads. Requests wait in a bounded
 * queue; weights may be exchanged while it runs.
 */
public final class GenerationService implements AutoCloseable {

  private sealed interface Command {}

  private record Submit(
      GenerationRequest request,
      GenerationListener listener,
      CompletableFuture<List<GeneratedSequence>> result)
      implements Command {}

  private record Cancel(String requestId) implements Command {}

  private static final Duration CLOSE_DEADLINE = Duration.ofSeconds(30);

  private final GenerationEngine engine;
  private final BlockingQueue<Command> commands;
  private final AtomicReference<GenerationStats> stats = new AtomicReference<>();
  // Requests that the engine has and that have not ended; the thread's own.
  private final Set<Submit> open = Collections.newSetFromMap(new IdentityHashMap<>());
  private final long leastStepNanos;
  private final Thread thread;
  private volatile boolean closed;
  // Written by the thread alone.
  private volatile long busyNanos;

  /**
   * Starts the thread.
   *
   * @param name of the thread
   * @param engine owned by the service from now on
   * @param queued requests that may wait before {@link #submit} refuses more
   */
  public GenerationService(String name, GenerationEngine engine, int queued) {
    this(name, engine, queued, Duration.ZERO);
  }

  /**
   * The same at the speed of a slower device.
   *
   * @param leastStep what every step of the engine takes at least
   */
  public GenerationService(String name, GenerationEngine engine, int queued, Duration leastStep) {
    this.engine = engine;
    this.leastStepNanos = leastStep.toNanos();
    this.commands = new ArrayBlockingQueue<>(queued);
    this.stats.set(engine.stats());
    this.thread = Thread.ofPlatform().name(name).start(this::loop);
  }

  /**
   * Queues a request.
   *
   * @return its sequences in the order of the copies; fails with the reason if the request does
   * @throws RejectedExecutionException if the queue is full or the service closed
   */
  public CompletableFuture<List<GeneratedSequence>> submit(GenerationRequest request) {
    return submit(request, null);
  }

  /** The same, with a listener that hears of every token on the engine's thread; it may be null. */
  public CompletableFuture<List<GeneratedSequence>> submit(
      GenerationRequest request, GenerationListener listener) {
    var result = new CompletableFuture<List<GeneratedSequence>>();
    if (closed || !commands.offer(new Submit(request, listener, result))) {
      throw new RejectedExecutionException(
          "request "
              + request.id()
              + " refused: "
              + (closed ? "the service is closed" : commands.size() + " requests wait already"));
    }
    return result;
  }

  /** Ends a request soon; what its sequences have so far is their result. */
  public void cancel(String requestId) {
    if (!commands.offer(new Cancel(requestId))) {
      throw new RejectedExecutionException("cannot cancel " + requestId + ": the queue is full");
    }
  }

  /** See {@link GenerationEngine#swap}. */
  public void swap(DecoderWeights weights, long version) {
    engine.swap(weights, version);
  }

  /** What the engine did last. */
  public GenerationStats stats() {
    return stats.get();
  }

  /** Nanoseconds that the engine has been at work since the start; only grows. */
  public long busyNanos() {
    return busyNanos;
  }

  /** Whether the thread lives and takes requests. */
  public boolean alive() {
    return !closed && thread.isAlive();
  }

  private void loop() {
    try (engine) {
      while (!closed) {
        Command command =
            engine.idle() ? commands.poll(100, TimeUnit.MILLISECONDS) : commands.poll();
        while (command != null) {
          take(command);
          command = commands.poll();
        }
        if (!engine.idle()) {
          long begun = System.nanoTime();
          engine.step();
          rest(begun + leastStepNanos);
          busyNanos += System.nanoTime() - begun;
        }
        stats.set(engine.stats());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      closed = true;
      refuseTheRest();
    }
  }

  private void rest(long until) {
    long left = until - System.nanoTime();
    while (left > 0 && !closed && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(left);
      left = until - System.nanoTime();
    }
  }

  private void take(Command command) {
    switch (command) {
      case Cancel cancel -> engine.cancel(cancel.requestId());
      case Submit submit -> {
        try {
          engine.submit(submit.request(), new Collector(submit));
          open.add(submit);
        } catch (IllegalArgumentException | IllegalStateException e) {
          submit.result().completeExceptionally(e);
        }
      }
    }
  }

  private void refuseTheRest() {
    List<Command> rest = new ArrayList<>();
    commands.drainTo(rest);
    for (Command command : rest) {
      if (command instanceof Submit submit) {
        submit.result().completeExceptionally(closedBefore(submit.request()));
      }
    }
    open.forEach(submit -> submit.result().completeExceptionally(closedBefore(submit.request())));
  }

  private static IllegalStateException closedBefore(GenerationRequest request) {
    return new IllegalStateException(
        "the service closed before request " + request.id() + " ended");
  }

  /** Gathers the copies of a request. */
  private final class Collector implements GenerationListener {

    private final Submit submit;
    private final GeneratedSequence[] sequences;
    private int done;

    Collector(Submit submit) {
      this.submit = submit;
      this.sequences = new GeneratedSequence[submit.request().copies()];
    }

    @Override
    public void started(String requestId) {
      if (submit.listener() != null) {
        submit.listener().started(requestId);
      }
    }

    @Override
    public void written(String requestId, int index, WrittenToken written) {
      if (submit.listener() != null) {
        submit.listener().written(requestId, index, written);
      }
    }

    @Override
    public void finished(GeneratedSequence sequence) {
      sequences[sequence.index()] = sequence;
      if (submit.listener() != null) {
        submit.listener().finished(sequence);
      }
      if (++done == sequences.length) {
        open.remove(submit);
        submit.result().complete(List.of(sequences));
      }
    }

    @Override
    public void failed(String requestId, RuntimeException error) {
      if (submit.listener() != null) {
        submit.listener().failed(requestId, error);
      }
      open.remove(submit);
      submit.result().completeExceptionally(error);
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      if (!thread.join(CLOSE_DEADLINE)) {
        throw new IllegalStateException(
            "thread " + thread.getName() + " did not end within " + CLOSE_DEADLINE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
