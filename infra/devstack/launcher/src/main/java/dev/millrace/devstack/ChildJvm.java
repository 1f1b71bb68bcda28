package dev.millrace.devstack;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A child JVM under the supervisor: it ends when this JVM ends, in whatever way. Its standard input
 * is the life line; closing it asks for an orderly stop.
 */
public final class ChildJvm implements AutoCloseable {
  private static final int TAIL_LINES = 25;
  private static final Duration PROBE_INTERVAL = Duration.ofMillis(100);

  private final ChildSpec spec;
  private final Process process;
  private final long logStart;
  private volatile boolean endExpected;
  private volatile boolean awaited;

  private ChildJvm(ChildSpec spec, Process process, long logStart) {
    this.spec = spec;
    this.process = process;
    this.logStart = logStart;
  }

  /**
   * Starts the child.
   *
   * @param onDeath called once, on a thread of the JDK, if the child ends without being asked to;
   *     not while {@link #awaitReady} waits, which then throws
   */
  public static ChildJvm start(ServerHome home, ChildSpec spec, Consumer<ChildDeath> onDeath) {
    try {
      LogFile.prepare(spec.log());
      long logStart = LogFile.size(spec.log());
      ProcessBuilder builder =
          new ProcessBuilder(spec.command(home.supervisorJar()))
              .directory(spec.directory().toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(spec.log().toFile()));
      builder.environment().putAll(spec.environment());
      ChildJvm child = new ChildJvm(spec, builder.start(), logStart);
      child.process.onExit().thenRun(() -> child.reportUnlessExpected(onDeath));
      return child;
    } catch (IOException e) {
      throw new DevStackException("cannot start " + spec.name() + ": " + Failures.reason(e), e);
    }
  }

  private void reportUnlessExpected(Consumer<ChildDeath> onDeath) {
    if (!endExpected && !awaited) {
      onDeath.accept(death());
    }
  }

  private ChildDeath death() {
    // A server may write pages between the cause and its end.
    String run = LogFile.tail(spec.log(), logStart, Integer.MAX_VALUE);
    String cause = DeathCause.of(process.exitValue(), run);
    return new ChildDeath(spec.name(), process.exitValue(), spec.log(), cause, logTail());
  }

  public String name() {
    return spec.name();
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  public Path log() {
    return spec.log();
  }

  /** The last lines that this child wrote, none of an earlier run. */
  public String logTail() {
    return LogFile.tail(spec.log(), logStart, TAIL_LINES);
  }

  ProcessHandle handle() {
    return process.toHandle();
  }

  /** Completes with the exit code when the child has ended. */
  public CompletableFuture<Integer> onExit() {
    return process.onExit().thenApply(Process::exitValue);
  }

  /**
   * Waits until the probe is content.
   *
   * @throws DevStackException if the child ends before, or the deadline passes; its log's last
   *     lines are the details
   */
  public void awaitReady(ReadyProbe probe, Duration deadline) throws InterruptedException {
    awaited = true;
    long end = System.nanoTime() + deadline.toNanos();
    Optional<String> missing = Optional.of("not asked yet");
    while (System.nanoTime() < end) {
      if (!process.isAlive()) {
        throw new DevStackException(
            death().startSentence(), "the end of " + spec.log() + ":\n" + logTail(), null);
      }
      missing = probe.whyNotReady();
      if (missing.isEmpty()) {
        awaited = false;
        return;
      }
      TimeUnit.NANOSECONDS.sleep(PROBE_INTERVAL.toNanos());
    }
    throw new DevStackException(
        spec.name()
            + " was not ready within "
            + deadline.toMillis() / 1000.0
            + " s: "
            + missing.orElse(""),
        "the end of " + spec.log() + ":\n" + logTail(),
        null);
  }

  /** Tells that the end of this child is no accident, before somebody else brings it about. */
  public void expectEnd() {
    endExpected = true;
  }

  /** Asks for an orderly stop and returns at once. */
  public void beginStop() {
    endExpected = true;
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      process.destroy();
    }
  }

  /** Orderly stop within the deadline of the specification, kill -9 after it. */
  public void stop() {
    beginStop();
    awaitEnd();
  }

  /** Waits for a begun stop, within the deadline of the specification; kill -9 after it. */
  void awaitEnd() {
    try {
      // The supervisor halts at the deadline; a little more lets it do so.
      long limit = spec.stopDeadline().plusSeconds(2).toMillis();
      if (!process.waitFor(limit, TimeUnit.MILLISECONDS)) {
        kill();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
  }

  /** kill -9, and waits until the kernel has buried it. */
  public void kill() {
    endExpected = true;
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    stop();
  }
}
