package dev.millrace.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Asks an application every second what the engines of its rollout worker have done. */
public final class EngineProbe implements AutoCloseable {

  private final Api api;
  private final EngineUse use = new EngineUse();
  private final CountDownLatch ending = new CountDownLatch(1);
  private final Thread thread =
      Thread.ofPlatform().name("millrace-engine-probe").daemon().unstarted(this::look);

  private EngineProbe(Api api) {
    this.api = api;
  }

  /** Begins to ask. */
  static EngineProbe of(Api api) {
    var probe = new EngineProbe(api);
    probe.thread.start();
    return probe;
  }

  /** What they have done so far. */
  public EngineUse use() {
    return use;
  }

  private void look() {
    try {
      while (!ending.await(1, TimeUnit.SECONDS)) {
        api.text("/q/metrics").ifPresent(page -> use.see(System.currentTimeMillis(), page));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    ending.countDown();
  }
}
