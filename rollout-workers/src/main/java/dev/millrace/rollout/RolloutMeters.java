package dev.millrace.rollout;

import dev.millrace.contracts.avro.RolloutTask;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * What the stage counts. Under the names of inference servers, labelled with {@code stage} and the
 * policy as {@code model_name}, a request being a group: {@code request_queue_time}, {@code
 * time_to_first_token} (both from when the worker took the task), {@code time_per_output_token} (of
 * each sample), {@code e2e_request_latency}, {@code prompt_tokens}, {@code generation_tokens}.
 * Under our own: {@code millrace_rollout_groups} by outcome and reason, {@code
 * millrace_rollout_samples} by finish, {@code millrace_rollout_response_tokens}, and {@code
 * millrace_rollout_swapped_samples}, those that several versions wrote.
 */
final class RolloutMeters {

  private final MeterRegistry registry;
  private final ConcurrentMap<String, PolicyMeters> policies = new ConcurrentHashMap<>();

  RolloutMeters(MeterRegistry registry) {
    this.registry = registry;
  }

  void sampled(RolloutTask task, SampledGroup group) {
    // A policy that was sampled from exists: so the labels are few.
    policies
        .computeIfAbsent(task.getPolicy(), policy -> new PolicyMeters(registry, policy))
        .sampled(group);
    count("sampled", "");
  }

  void failed(String reason) {
    count("failed", reason);
  }

  private void count(String outcome, String reason) {
    registry.counter("millrace_rollout_groups", "outcome", outcome, "reason", reason).increment();
  }
}
