package dev.millrace.serving.http;

import dev.millrace.runtime.StageHealth;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Serving's part of {@code /q/health/ready}; a process without serving is not held up by it. */
@Readiness
@ApplicationScoped
class ServingReadiness implements HealthCheck {

  private final ServingHolder holder;

  ServingReadiness(ServingHolder holder) {
    this.holder = holder;
  }

  @Override
  public HealthCheckResponse call() {
    if (holder.role() == ServingHolder.Role.EXCLUDED) {
      return HealthCheckResponse.named("serving")
          .up()
          .withData("state", "not a target of this process")
          .build();
    }
    StageHealth health = holder.health();
    return HealthCheckResponse.named("serving")
        .status(health.isReady())
        .withData("state", health.describe())
        .build();
  }
}
