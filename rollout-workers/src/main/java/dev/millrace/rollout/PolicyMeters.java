package dev.millrace.rollout;

import dev.millrace.models.generate.GeneratedSequence;
import dev.millrace.models.generate.GeneratedSequence.Finish;
import dev.millrace.runtime.GenerationMeters;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** The part of {@link RolloutMeters} that is kept for each policy. */
final class PolicyMeters {

  private final GenerationMeters generation;
  private final Counter swapped;
  private final DistributionSummary responseTokens;
  private final Map<Finish, Counter> samples = new EnumMap<>(Finish.class);

  PolicyMeters(MeterRegistry registry, String policy) {
    Tags tags = tags(policy);
    this.generation = new GenerationMeters(registry, RolloutStage.NAME, policy);
    this.swapped = registry.counter("millrace_rollout_swapped_samples", tags);
    this.responseTokens = registry.summary("millrace_rollout_response_tokens", tags);
    for (Finish finish : Finish.values()) {
      String name = finish.name().toLowerCase(Locale.ROOT).replace('_', '-');
      samples.put(finish, registry.counter("millrace_rollout_samples", tags.and("finish", name)));
    }
  }

  static Tags tags(String policy) {
    return GenerationMeters.tags(RolloutStage.NAME, policy);
  }

  void sampled(SampledGroup group) {
    GroupTimes times = group.times();
    generation.queued(Duration.ofMillis(times.started() - times.taken()));
    long first = Long.MAX_VALUE;
    long last = 0;
    long tokens = 0;
    for (GeneratedSequence sequence : group.sequences()) {
      int length = sequence.tokens().length;
      int index = sequence.index();
      first = Math.min(first, times.first(index));
      last = Math.max(last, times.last(index));
      generation.wrote(Duration.ofMillis(times.last(index) - times.first(index)), length);
      tokens += length;
      responseTokens.record(length);
      samples.get(sequence.finish()).increment();
      if (length > 0 && sequence.versions()[0] != sequence.versions()[length - 1]) {
        swapped.increment();
      }
    }
    generation.began(Duration.ofMillis(first - times.taken()));
    generation.ended(Duration.ofMillis(last - times.taken()), group.prompt().length, tokens);
  }
}
