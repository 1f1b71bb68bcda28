package dev.millrace.rollout;

import dev.millrace.models.generate.GeneratedSequence;
import dev.millrace.models.generate.GeneratedSequence.Finish;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** The part of {@link RolloutMeters} that is kept for each policy. */
final class PolicyMeters {

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
  private final Counter swapped;
  private final DistributionSummary responseTokens;
  private final Map<Finish, Counter> samples = new EnumMap<>(Finish.class);

  PolicyMeters(MeterRegistry registry, String policy) {
    Tags tags = tags(policy);
    this.queue = timer(registry, "request_queue_time", tags);
    this.firstToken = timer(registry, "time_to_first_token", tags);
    this.outputToken = timer(registry, "time_per_output_token", tags);
    this.latency = timer(registry, "e2e_request_latency", tags);
    this.promptTokens = registry.counter("prompt_tokens", tags);
    this.generatedTokens = registry.counter("generation_tokens", tags);
    this.swapped = registry.counter("millrace_rollout_swapped_samples", tags);
    this.responseTokens = registry.summary("millrace_rollout_response_tokens", tags);
    for (Finish finish : Finish.values()) {
      String name = finish.name().toLowerCase(Locale.ROOT).replace('_', '-');
      samples.put(finish, registry.counter("millrace_rollout_samples", tags.and("finish", name)));
    }
  }

  private static Timer timer(MeterRegistry registry, String name, Tags tags) {
    return Timer.builder(name).tags(tags).serviceLevelObjectives(BUCKETS).register(registry);
  }

  /** Labels of what inference servers measure too: serving may show the same names. */
  static Tags tags(String policy) {
    return Tags.of("stage", RolloutStage.NAME, "model_name", policy);
  }

  void sampled(SampledGroup group) {
    GroupTimes times = group.times();
    promptTokens.increment(group.prompt().length);
    queue.record(times.started() - times.taken(), TimeUnit.MILLISECONDS);
    long first = Long.MAX_VALUE;
    long last = 0;
    for (GeneratedSequence sequence : group.sequences()) {
      int length = sequence.tokens().length;
      int index = sequence.index();
      first = Math.min(first, times.first(index));
      last = Math.max(last, times.last(index));
      if (length > 1) {
        long micros = (times.last(index) - times.first(index)) * 1_000 / (length - 1);
        outputToken.record(micros, TimeUnit.MICROSECONDS);
      }
      generatedTokens.increment(length);
      responseTokens.record(length);
      samples.get(sequence.finish()).increment();
      if (length > 0 && sequence.versions()[0] != sequence.versions()[length - 1]) {
        swapped.increment();
      }
    }
    firstToken.record(first - times.taken(), TimeUnit.MILLISECONDS);
    latency.record(last - times.taken(), TimeUnit.MILLISECONDS);
  }
}
