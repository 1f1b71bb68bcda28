package dev.millrace.rollout;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.policy.PolicyFollower;
import dev.millrace.runtime.StageContext;
import dev.millrace.runtime.StageHealth;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** A policy that this worker samples from, kept at its newest version. */
final class FollowedPolicy implements AutoCloseable {

  private final String policy;
  private final PolicySampler sampler;
  private final PolicyFollower follower;
  private final Duration adoptionDeadline;
  private final MeterRegistry registry;
  private final List<Meter> gauges = new ArrayList<>();
  private final Lag lag = new Lag();
  private volatile Duration behind = Duration.ZERO;

  FollowedPolicy(
      StageContext context, RolloutSettings settings, TorchRuntime runtime, String policy) {
    this.policy = policy;
    this.adoptionDeadline = settings.adoptionDeadline();
    this.registry = context.meters();
    this.sampler = new PolicySampler(policy, settings.engine(), settings.share().inHand());
    this.follower = new PolicyFollower(context, runtime, policy, settings.worker(), sampler::adopt);
    gauge(
        "millrace_rollout_behind_seconds",
        Tags.of("policy", policy, "worker", settings.worker()),
        f -> f.behind.toMillis() / 1e3);
    gauge("num_requests_running", PolicyMeters.tags(policy), FollowedPolicy::running);
    gauge("num_requests_waiting", PolicyMeters.tags(policy), FollowedPolicy::waiting);
    follower.start();
  }

  private void gauge(String name, Tags tags, ToDoubleFunction<FollowedPolicy> value) {
    gauges.add(Gauge.builder(name, this, value).tags(tags).register(registry));
  }

  private double running() {
    return sampler.engine().map(engine -> engine.stats().running()).orElse(0);
  }

  private double waiting() {
    return sampler.engine().map(engine -> engine.stats().waiting()).orElse(0);
  }

  private long published() {
    return follower.newest().map(PolicyVersion::getVersion).orElse(-1L);
  }

  PolicySampler sampler() {
    return sampler;
  }

  /** Looks whether the newest version is in use. Called every second or so, by one thread. */
  void observe(long nanos) {
    behind = lag.observe(published(), sampler.adopted(), nanos);
  }

  StageHealth health() {
    if (sampler.engine().map(engine -> !engine.alive()).orElse(false)) {
      return new StageHealth.Failed(
          "the thread that samples policy " + policy + " has ended: restart this process");
    }
    StageHealth loading = follower.health();
    if (behind.compareTo(adoptionDeadline) > 0) {
      return new StageHealth.Degraded(
          "policy %s: version %d is published, version %d is used, since %d s (%s)"
              .formatted(
                  policy, published(), sampler.adopted(), behind.toSeconds(), loading.describe()));
    }
    return loading instanceof StageHealth.Degraded ? loading : new StageHealth.Ready();
  }

  @Override
  public void close() {
    sampler.stop();
    follower.close();
    sampler.close();
    gauges.forEach(registry::remove);
  }
}
