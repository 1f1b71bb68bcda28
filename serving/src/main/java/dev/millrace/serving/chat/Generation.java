package dev.millrace.serving.chat;

import dev.millrace.models.embedding.TokenCounter;
import dev.millrace.serving.Refusal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One answer in the making: a backend at work on a virtual thread, and a short queue between it and
 * the reader. The backend waits while the queue is full, and is interrupted by {@link #close} or
 * when the deadline has passed. The place in the queue is given back when the backend has ended,
 * not when the reader has.
 */
public final class Generation implements AutoCloseable {

  private static final int QUEUE = 64;
  private static final AtomicLong NUMBER = new AtomicLong();

  private final BlockingQueue<AnswerEvent> events = new ArrayBlockingQueue<>(QUEUE);
  private final long end;
  private final Duration allowed;
  private final Thread worker;
  private volatile boolean abandoned;

  private Generation(
      ChatBackend backend,
      ChatTurn turn,
      TokenCounter counter,
      Duration allowed,
      AnswerMeters.Answer answer) {
    this.allowed = allowed;
    this.end = System.nanoTime() + allowed.toNanos();
    this.worker =
        Thread.ofVirtual()
            .name("answer-" + backend.id() + "-" + NUMBER.incrementAndGet())
            .unstarted(() -> work(backend, turn, counter, answer));
  }

  /**
   * Waits for a place and starts to answer.
   *
   * @param counter counts the answer's tokens for {@link ChatTurn.Limits#maxTokens}, unless the
   *     backend ends by itself
   * @param allowed time until the answer must be complete
   * @param door its place is given back when the backend has ended
   * @throws Refusal 429 if there is no place
   */
  public static Generation start(
      ChatBackend backend,
      ChatTurn turn,
      TokenCounter counter,
      Duration allowed,
      Admission.Door door,
      AnswerMeters meters)
      throws InterruptedException {
    Generation generation =
        new Generation(backend, turn, counter, allowed, meters.of(backend).enter(door));
    generation.worker.start();
    return generation;
  }

  /**
   * The next event, or null if none came within {@code patience}. After the deadline it is a {@link
   * AnswerEvent.Failed}.
   */
  public AnswerEvent next(Duration patience) throws InterruptedException {
    long left = end - System.nanoTime();
    AnswerEvent event =
        events.poll(Math.max(0, Math.min(left, patience.toNanos())), TimeUnit.NANOSECONDS);
    if (event == null && System.nanoTime() - end >= 0) {
      close();
      return new AnswerEvent.Failed(Refusal.deadline(allowed));
    }
    return event;
  }

  /**
   * Ends the backend's work if it is not over, and tells a reader that still waits. Idempotent;
   * does not wait.
   */
  @Override
  public void close() {
    abandoned = true;
    worker.interrupt();
    events.clear();
    events.offer(new AnswerEvent.Failed(new AnswerSink.AnswerAbandoned("the reader has gone")));
  }

  private void work(
      ChatBackend backend, ChatTurn turn, TokenCounter counter, AnswerMeters.Answer answer) {
    TextLimit limit = backend.endsByItself() ? null : new TextLimit(turn.limits(), counter);
    Sink sink = new Sink(limit, answer);
    try (answer) {
      Finish finish;
      try {
        finish = sink.finish(backend.answer(turn, sink));
      } catch (AnswerSink.AnswerAbandoned e) {
        finish = sink.cut(turn.tokens(counter)).orElse(null);
      }
      if (finish != null) {
        sink.done(finish);
        answer.done(finish);
      }
    } catch (AnswerSink.AnswerAbandoned | InterruptedException e) {
      // nobody waits for the end any more
    } catch (RuntimeException e) {
      if (!abandoned) {
        fail(e);
      }
    } catch (Error e) {
      fail(new IllegalStateException("the backend " + backend.id() + " failed", e));
      throw e;
    }
  }

  private void fail(RuntimeException cause) {
    try {
      events.offer(
          new AnswerEvent.Failed(cause),
          Math.max(0, end - System.nanoTime()),
          TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      // closed meanwhile: nobody waits for the end any more
    }
  }

  /** Passes on what is within the limits. */
  private final class Sink implements AnswerSink {

    private final TextLimit limit;
    private final AnswerMeters.Answer answer;
    private final Deque<Citation> early = new ArrayDeque<>();
    private final Set<Integer> ended = new HashSet<>();
    private int length;

    /**
     * @param limit null if the backend keeps to its limits itself
     */
    Sink(TextLimit limit, AnswerMeters.Answer answer) {
      this.limit = limit;
      this.answer = answer;
    }

    @Override
    public void put(AnswerEvent.Part part) {
      switch (part) {
        case AnswerEvent.Cited cited -> {
          early.add(cited.citation());
          release();
        }
        case AnswerEvent.Text text when text.choice() == 0 && !text.reasoning() -> text(text);
        case AnswerEvent.Ended end -> {
          ended.add(end.choice());
          give(end);
        }
        default -> give(part);
      }
    }

    private void text(AnswerEvent.Text text) {
      if (limit == null) {
        give(text);
        length += text.delta().length();
        release();
        return;
      }
      emit(limit.add(text.delta()));
      if (limit.reached().isPresent()) {
        throw new AnswerAbandoned("limit reached");
      }
    }

    Finish finish(Finish whole) {
      if (limit != null) {
        emit(limit.rest());
      }
      return whole;
    }

    /** The ending of an answer that a limit has cut; empty if it was abandoned otherwise. */
    Optional<Finish> cut(int promptTokens) {
      return limit == null
          ? Optional.empty()
          : limit.reached().map(reason -> new Finish(reason, promptTokens, limit.tokens()));
    }

    void done(Finish finish) {
      if (!ended.contains(0)) {
        give(new AnswerEvent.Ended(0, finish.reason()));
      }
      give(new AnswerEvent.Done(finish));
    }

    private void emit(String text) {
      if (!text.isEmpty()) {
        give(new AnswerEvent.Text(text));
        length += text.length();
      }
      release();
    }

    /** A citation follows its text, which may be held back still. */
    private void release() {
      while (!early.isEmpty() && early.peek().endIndex() <= length) {
        give(new AnswerEvent.Cited(early.poll()));
      }
    }

    private void give(AnswerEvent event) {
      try {
        long left = end - System.nanoTime();
        if (abandoned || !events.offer(event, Math.max(0, left), TimeUnit.NANOSECONDS)) {
          throw new AnswerAbandoned("the reader has gone");
        }
        if (event instanceof AnswerEvent.Text) {
          answer.text();
        }
      } catch (InterruptedException e) {
        throw new AnswerAbandoned("the reader has gone");
      }
    }
  }
}
