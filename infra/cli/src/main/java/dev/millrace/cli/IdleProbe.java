package dev.millrace.cli;

import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** Asks an application every two seconds which part of the time its rollout worker is idle. */
final class IdleProbe implements AutoCloseable {

  private static final Pattern IDLE =
      Pattern.compile("^millrace_rollout_idle_fraction\\{.*} (\\S+)$", Pattern.MULTILINE);

  private final Api api;
  private final NavigableMap<Long, Double> seen = new ConcurrentSkipListMap<>();
  private final CountDownLatch ending = new CountDownLatch(1);
  private final Thread thread =
      Thread.ofPlatform().name("millrace-idle-probe").daemon().unstarted(this::look);

  private IdleProbe(Api api) {
    this.api = api;
  }

  static IdleProbe of(Api api) {
    var probe = new IdleProbe(api);
    probe.thread.start();
    return probe;
  }

  private void look() {
    try {
      while (!ending.await(2, TimeUnit.SECONDS)) {
        var found = IDLE.matcher(api.text("/q/metrics").orElse(""));
        if (found.find()) {
          seen.put(System.currentTimeMillis(), Double.valueOf(found.group(1)));
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Mean between two times in milliseconds since the epoch. */
  double mean(long from, long to) {
    return seen.subMap(from, to).values().stream()
        .mapToDouble(Double::doubleValue)
        .average()
        .orElse(Double.NaN);
  }

  @Override
  public void close() {
    ending.countDown();
  }
}
