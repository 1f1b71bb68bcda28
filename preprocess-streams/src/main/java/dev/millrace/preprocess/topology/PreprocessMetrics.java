package dev.millrace.preprocess.topology;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Supplier;

/** What the stage tells about its work. */
public final class PreprocessMetrics {

  private final MeterRegistry meters;
  private final Timer age;

  public PreprocessMetrics(MeterRegistry meters) {
    this.meters = meters;
    this.age =
        Timer.builder("millrace_preprocess_age")
            .description("from the producer's send to the end of preprocessing")
            .publishPercentiles(0.5, 0.99)
            .register(meters);
  }

  MeterRegistry meters() {
    return meters;
  }

  /** Runs one step and records how long it took, whether or not it succeeds. */
  <T> T time(String step, Supplier<T> work) {
    var sample = Timer.start(meters);
    try {
      return work.get();
    } finally {
      sample.stop(
          Timer.builder("millrace_preprocess_step")
              .description("one step of one document")
              .tag("step", step)
              .publishPercentiles(0.5, 0.99)
              .register(meters));
    }
  }

  void count(Outcome outcome) {
    String reason =
        outcome instanceof Outcome.Rejected rejected ? rejected.reason().code() : "none";
    String name = outcome.record().getOutcome().name().toLowerCase(Locale.ROOT);
    meters.counter("millrace_preprocess_documents", "outcome", name, "reason", reason).increment();
    meters.counter("millrace_preprocess_chunks").increment(outcome.record().getChunks().size());
    long waited = outcome.record().getProcessedAt() - outcome.record().getSentAt();
    age.record(Duration.ofMillis(Math.max(0, waited)));
  }
}
