package dev.millrace.serving.console;

import dev.millrace.monitor.MonitorStage;
import dev.millrace.serving.Refusal;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Objects;

/**
 * Where the application puts the monitor for the console to find: {@link #show} when this process
 * has it among its targets, {@link #exclude} when not.
 */
@Singleton
public class ConsoleHolder {

  private static final Duration SOON = Duration.ofSeconds(1);

  private volatile Console console;
  private volatile boolean excluded;

  /** The console shows what this monitor sees. The holder does not close the stage. */
  public void show(MonitorStage monitor) {
    Objects.requireNonNull(monitor, "monitor");
    console = Console.over(monitor);
  }

  /** This process has other targets only. */
  public void exclude() {
    excluded = true;
  }

  /**
   * The console's parts.
   *
   * @throws Refusal 503 if this process has none (yet)
   */
  Console console() {
    Console now = console;
    if (now == null) {
      throw excluded
          ? Refusal.unavailable(null, "monitor is not a target of this process")
          : Refusal.unavailable(SOON, "The monitor is starting. Try again shortly.");
    }
    return now;
  }
}
