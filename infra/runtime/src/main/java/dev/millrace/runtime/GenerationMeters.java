package dev.millrace.runtime;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.stream.IntStream;

/**
 * Generation under the names that inference servers have made known, labelled with {@code stage}
 * and {@code model_name}: {@code request_queue_time}, {@code time_to_first_token}, {@code
 * time_per_output_token}, {@code e2e_request_latency}, {@code prompt_tokens}, {@code
 * generation_tokens}.
 */
public final class GenerationMeters {

  /** Dashboards of inference servers draw quantiles from buckets. */
  private static final Duration[] BUCKETS =
      IntStream.of(1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000)
          .mapToObj(Duration::ofMillis)
          .toArray(Duration[]::new);

  private final Timer queue;
  private final Timer firstToken;
  private final Timer outputToken;
  private final Timer latency;
  private final Counter promptTokens;
  private final Counter generatedTokens;

  public GenerationMeters(MeterRegistry registry, String stage, String model) {
    Tags tags = tags(stage, model);
    this.queue = timer(registry, "request_queue_time", tags);
    this.firstToken = timer(registry, "time_to_first_token", tags);
    this.outputToken = timer(registry, "time_per_output_token", tags);
    this.latency = timer(registry, "e2e_request_latency", tags);
    this.promptTokens = registry.counter("prompt_tokens", tags);
    this.generatedTokens = registry.counter("generation_tokens", tags);
  }

  /** For further meters of the same thing, such as {@code num_requests_running}. */
  public static Tags tags(String stage, String model) {
    return Tags.of("stage", stage, "model_name", model);
  }

  private static Timer timer(MeterRegistry registry, String name, Tags tags) {
    return Timer.builder(name).tags(tags).serviceLevelObjectives(BUCKETS).register(registry);
  }

  /** A request waited so long for its place. */
  public void queued(Duration time) {
    queue.record(time);
  }

  /** From a request's coming to the first token of its answer. */
  public void began(Duration time) {
    firstToken.record(time);
  }

  /** From a request's coming to the last token of its answer, and how many tokens both have. */
  public void ended(Duration time, long prompt, long generated) {
    latency.record(time);
    promptTokens.increment(prompt);
    generatedTokens.increment(generated);
  }

  /** So many tokens came one after the other between the first and the last. */
  public void wrote(Duration time, int tokens) {
    if (tokens > 1) {
      outputToken.record(time.dividedBy(tokens - 1));
    }
  }
}
