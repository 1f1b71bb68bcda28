package dev.millrace.rollout;

import dev.millrace.models.generate.GenerationStats;
import dev.millrace.runtime.StageHealth;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks once a second how the worker does: whether it keeps up with the published versions, how
 * many tokens it writes ({@code millrace_rollout_tokens_per_second}), and which part of the time
 * its engines have nothing to do ({@code millrace_rollout_idle_fraction}). It also sums up their
 * seconds at work ({@code millrace_rollout_busy_seconds}) and their steps ({@code
 * millrace_rollout_steps}).
 */
final class Watch implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Watch.class);
  private static final Duration TICK = Duration.ofSeconds(1);
  private static final Duration END = Duration.ofSeconds(5);

  /** What the engines had done at the last look. */
  private record Done(long tokens, long steps, long busyNanos) {

    static final Done NOTHING = new Done(0, 0, 0);

    static Done of(SamplingEngine engine) {
      GenerationStats stats = engine.stats();
      return new Done(stats.generatedTokens(), stats.steps(), engine.busyNanos());
    }
  }

  private final Policies policies;
  private final MeterRegistry registry;
  private final List<Meter> meters;
  private final Thread thread;
  private final CountDownLatch ending = new CountDownLatch(1);
  private final Map<SamplingEngine, Done> before = new HashMap<>();
  private long lookedAt = System.nanoTime();
  private String complaint = "";
  private volatile double tokensPerSecond;
  private volatile double idle = 1;
  // Written by the thread alone.
  private volatile double busySeconds;
  private volatile long steps;

  Watch(Policies policies, String worker, MeterRegistry registry) {
    this.policies = policies;
    this.registry = registry;
    this.meters =
        List.of(
            FunctionCounter.builder("millrace_rollout_busy_seconds", this, w -> w.busySeconds)
                .tag("worker", worker)
                .register(registry),
            FunctionCounter.builder("millrace_rollout_steps", this, w -> w.steps)
                .tag("worker", worker)
                .register(registry),
            Gauge.builder("millrace_rollout_tokens_per_second", this, w -> w.tokensPerSecond)
                .tag("worker", worker)
                .register(registry),
            Gauge.builder("millrace_rollout_idle_fraction", this, w -> w.idle)
                .tag("worker", worker)
                .register(registry));
    this.thread = Thread.ofPlatform().name("rollout-watch").daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  private void run() {
    try {
      while (!ending.await(TICK.toMillis(), TimeUnit.MILLISECONDS)) {
        look(System.nanoTime());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look(long now) {
    double seconds = (now - lookedAt) / 1e9;
    lookedAt = now;
    Map<SamplingEngine, Done> after = new HashMap<>();
    for (FollowedPolicy policy : policies.all()) {
      policy.observe(now);
      policy.sampler().engine().ifPresent(engine -> after.put(engine, Done.of(engine)));
    }
    long tokens = 0;
    long busy = 0;
    long made = 0;
    for (var engine : after.entrySet()) {
      Done last = before.getOrDefault(engine.getKey(), Done.NOTHING);
      tokens += engine.getValue().tokens() - last.tokens();
      busy += engine.getValue().busyNanos() - last.busyNanos();
      made += engine.getValue().steps() - last.steps();
    }
    tokensPerSecond = tokens / seconds;
    idle = Math.clamp(1 - busy / 1e9 / seconds, 0, 1);
    busySeconds += busy / 1e9;
    steps += made;
    before.clear();
    before.putAll(after);
    complain();
  }

  /** One line when something is wrong, and one when it is well again. */
  private void complain() {
    StageHealth health = policies.health();
    String now = health.isReady() ? "" : health.describe().replaceAll("[0-9]+ s", "N s");
    if (!now.equals(complaint)) {
      complaint = now;
      if (now.isEmpty()) {
        LOG.info("policies are current again");
      } else {
        LOG.warn("policies error=\"{}\"", health.describe());
      }
    }
  }

  @Override
  public void close() {
    ending.countDown();
    try {
      if (thread.getState() != Thread.State.NEW) {
        thread.join(END);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    meters.forEach(registry::remove);
  }
}
