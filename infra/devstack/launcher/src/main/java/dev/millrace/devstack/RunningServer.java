package dev.millrace.devstack;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * One server of the stack, which tests may kill, stop and start again on the same port with the
 * same data.
 */
public final class RunningServer {
  private final ServerKind kind;
  private final ServerHome home;
  private final ServerDefinition definition;
  private final RunningChildren running;
  private final Consumer<ChildDeath> onDeath;
  private ChildJvm child;
  private boolean closing;

  RunningServer(
      ServerKind kind,
      ServerHome home,
      ServerDefinition definition,
      RunningChildren running,
      Consumer<ChildDeath> onDeath) {
    this.kind = kind;
    this.home = home;
    this.definition = definition;
    this.running = running;
    this.onDeath = onDeath;
  }

  public ServerKind kind() {
    return kind;
  }

  /** What a user would type to reach it. */
  public String address() {
    return definition.address();
  }

  /**
   * Starts the server, which must not run, and waits until it answers.
   *
   * @throws DevStackException if it does not; it is not running then
   */
  public void start(Duration deadline) throws InterruptedException {
    ChildJvm started = launch();
    try (ReadyProbe probe = definition.probe()) {
      started.awaitReady(probe, deadline);
    } catch (RuntimeException | InterruptedException e) {
      started.kill();
      throw e;
    }
  }

  private synchronized ChildJvm launch() {
    if (closing) {
      throw new DevStackException(kind.title() + " was not started: the stack is stopping");
    }
    if (child != null && child.isAlive()) {
      throw new IllegalStateException(kind.title() + " runs already, pid " + child.pid());
    }
    child = ChildJvm.start(home, definition.prepare(), onDeath);
    running.record(kind.id(), child.handle());
    return child;
  }

  /** Orderly stop; the data stays. */
  public void stop() {
    child().stop();
  }

  /** kill -9. */
  public void kill() {
    child().kill();
  }

  /** Orderly stop and start on the same port. */
  public void restart(Duration deadline) throws InterruptedException {
    child().stop();
    start(deadline);
  }

  public boolean isAlive() {
    return child().isAlive();
  }

  public long pid() {
    return child().pid();
  }

  /** Begins an orderly stop for good: no start follows. */
  synchronized void beginClose() {
    closing = true;
    if (child != null) {
      child.beginStop();
    }
  }

  /** Waits for the begun stop. */
  void awaitClosed() {
    ChildJvm last;
    synchronized (this) {
      last = child;
    }
    if (last != null) {
      last.awaitEnd();
    }
  }

  private synchronized ChildJvm child() {
    if (child == null) {
      throw new IllegalStateException(kind.title() + " was never started");
    }
    return child;
  }
}
