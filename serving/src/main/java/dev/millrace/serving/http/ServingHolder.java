package dev.millrace.serving.http;

import dev.millrace.runtime.StageHealth;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.Serving;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Objects;

/**
 * Where the application puts the serving stage for the resources to find: {@link #serve} when this
 * process has it among its targets, {@link #exclude} when not. The resources exist in every process
 * and say which it is.
 */
@Singleton
public class ServingHolder {

  private static final Duration SOON = Duration.ofSeconds(1);

  /** What this process does about serving. */
  public enum Role {
    UNDECIDED,
    SERVING,
    EXCLUDED
  }

  private volatile Serving serving;
  private volatile Role role = Role.UNDECIDED;

  /**
   * This process serves; requests are answered from now on. The holder does not close the stage.
   */
  public void serve(Serving stage) {
    serving = Objects.requireNonNull(stage, "stage");
    role = Role.SERVING;
  }

  /** This process has other targets only. */
  public void exclude() {
    role = Role.EXCLUDED;
  }

  public Role role() {
    return role;
  }

  /** How serving is in this process. */
  public StageHealth health() {
    return switch (role) {
      case UNDECIDED -> new StageHealth.Starting("the process is starting");
      case SERVING -> serving.health();
      case EXCLUDED -> new StageHealth.Stopped();
    };
  }

  /**
   * The stage.
   *
   * @throws Refusal 503 if there is none (yet)
   */
  public Serving serving() {
    return switch (role) {
      case SERVING -> serving;
      case UNDECIDED -> throw Refusal.unavailable(SOON, "Serving is starting. Try again shortly.");
      case EXCLUDED -> throw Refusal.unavailable(null, "serving is not a target of this process");
    };
  }
}
