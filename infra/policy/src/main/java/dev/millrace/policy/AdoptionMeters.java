package dev.millrace.policy;

import dev.millrace.contracts.avro.PolicyVersion;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * How close one worker is to the newest version of a policy: {@code
 * millrace_policy_version_published}, {@code millrace_policy_version_adopted}, {@code
 * millrace_policy_versions_behind}, {@code millrace_policy_age_seconds} (of the adopted version),
 * {@code millrace_policy_adoption} (from publication until the worker had it) and {@code
 * millrace_policy_adoption_failures} by reason.
 */
final class AdoptionMeters implements AutoCloseable {

  private final MeterRegistry registry;
  private final Tags tags;
  private final Supplier<Optional<PolicyVersion>> newest;
  private final Supplier<Optional<PolicyVersion>> adopted;
  private final Timer adoption;
  private final List<Meter> gauges = new ArrayList<>();

  AdoptionMeters(
      MeterRegistry registry,
      String policy,
      String worker,
      Supplier<Optional<PolicyVersion>> newest,
      Supplier<Optional<PolicyVersion>> adopted) {
    this.registry = registry;
    this.tags = Tags.of("policy", policy, "worker", worker);
    this.newest = newest;
    this.adopted = adopted;
    this.adoption =
        Timer.builder("millrace_policy_adoption")
            .tags(tags)
            .publishPercentiles(0.5, 0.99)
            .register(registry);
    gauge("millrace_policy_version_published", meters -> number(meters.newest));
    gauge("millrace_policy_version_adopted", meters -> number(meters.adopted));
    gauge(
        "millrace_policy_versions_behind",
        meters -> Math.max(0, number(meters.newest) - number(meters.adopted)));
    gauge(
        "millrace_policy_age_seconds",
        meters -> meters.adopted.get().map(v -> since(v).toMillis() / 1000.0).orElse(Double.NaN));
  }

  private void gauge(String name, ToDoubleFunction<AdoptionMeters> value) {
    gauges.add(Gauge.builder(name, this, value).tags(tags).register(registry));
  }

  private static double number(Supplier<Optional<PolicyVersion>> version) {
    return version.get().map(PolicyVersion::getVersion).orElse(-1L);
  }

  private static Duration since(PolicyVersion version) {
    return Duration.ofMillis(Math.max(0, System.currentTimeMillis() - version.getPublishedAt()));
  }

  void adopted(PolicyVersion version) {
    adoption.record(since(version));
  }

  void failed(RuntimeException cause) {
    String reason =
        cause instanceof PolicyException known
            ? known.reason().name().toLowerCase(Locale.ROOT)
            : "error";
    Counter.builder("millrace_policy_adoption_failures")
        .tags(tags)
        .tag("reason", reason)
        .register(registry)
        .increment();
  }

  /** A worker that is gone shows no version. */
  @Override
  public void close() {
    gauges.forEach(registry::remove);
  }
}
