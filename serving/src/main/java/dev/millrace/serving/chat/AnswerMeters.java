package dev.millrace.serving.chat;

import dev.millrace.runtime.GenerationMeters;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What the chat endpoint measures of each model, under the names of {@link GenerationMeters}, and
 * {@code num_requests_running} and {@code num_requests_waiting}. Safe for any number of threads.
 */
public final class AnswerMeters {

  private static final String STAGE = "serving";

  private final MeterRegistry registry;
  private final Map<String, Model> models = new ConcurrentHashMap<>();

  public AnswerMeters(MeterRegistry registry) {
    this.registry = registry;
  }

  /** Those of a backend; there are few of them. */
  Model of(ChatBackend backend) {
    return models.computeIfAbsent(backend.id(), id -> new Model(registry, id));
  }

  /** One model's. */
  static final class Model {

    private final GenerationMeters generation;
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger waiting = new AtomicInteger();

    Model(MeterRegistry registry, String id) {
      generation = new GenerationMeters(registry, STAGE, id);
      Tags tags = GenerationMeters.tags(STAGE, id);
      registry.gauge("num_requests_running", tags, running, AtomicInteger::get);
      registry.gauge("num_requests_waiting", tags, waiting, AtomicInteger::get);
    }

    /** Waits for a place; fails as the door does. */
    Answer enter(Admission.Door door) throws InterruptedException {
      long came = System.nanoTime();
      waiting.incrementAndGet();
      try {
        Admission.Ticket ticket = door.enter();
        running.incrementAndGet();
        generation.queued(since(came));
        return new Answer(this, came, ticket);
      } finally {
        waiting.decrementAndGet();
      }
    }
  }

  private static Duration since(long nanos) {
    return Duration.ofNanos(System.nanoTime() - nanos);
  }

  /** One answer's: its place, and what is measured until it is given back. Of one thread. */
  static final class Answer implements AutoCloseable {

    private final Model model;
    private final long came;
    private final Admission.Ticket ticket;
    private long first;

    private Answer(Model model, long came, Admission.Ticket ticket) {
      this.model = model;
      this.came = came;
      this.ticket = ticket;
    }

    /** Text goes out. */
    void text() {
      if (first == 0) {
        first = System.nanoTime();
        model.generation.began(since(came));
      }
    }

    /** The answer is complete. */
    void done(Finish finish) {
      if (first != 0) {
        model.generation.wrote(since(first), finish.completionTokens());
      }
      model.generation.ended(since(came), finish.promptTokens(), finish.completionTokens());
    }

    @Override
    public void close() {
      model.running.decrementAndGet();
      ticket.close();
    }
  }
}
