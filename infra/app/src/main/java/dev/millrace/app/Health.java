package dev.millrace.app;

import dev.millrace.runtime.StageHealth;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Liveness;
import org.eclipse.microprofile.health.Readiness;

/** The stages' health as the container's probes ask for it. */
final class Health {

  private Health() {}

  /** Ready when every stage is at work. */
  @Readiness
  @ApplicationScoped
  static class Ready implements HealthCheck {

    private final Shell shell;

    Ready(Shell shell) {
      this.shell = shell;
    }

    @Override
    public HealthCheckResponse call() {
      return response("stages", shell, StageHealth::isReady);
    }
  }

  /** Alive until a stage has ended by a fault that only a restart can mend. */
  @Liveness
  @ApplicationScoped
  static class Live implements HealthCheck {

    private final Shell shell;

    Live(Shell shell) {
      this.shell = shell;
    }

    @Override
    public HealthCheckResponse call() {
      return response("stages alive", shell, health -> !(health instanceof StageHealth.Failed));
    }
  }

  private static HealthCheckResponse response(
      String name, Shell shell, java.util.function.Predicate<StageHealth> good) {
    HealthCheckResponseBuilder response = HealthCheckResponse.named(name);
    var all = shell.host().health();
    all.forEach((stage, health) -> response.withData(stage, health.describe()));
    return response.status(all.values().stream().allMatch(good)).build();
  }
}
