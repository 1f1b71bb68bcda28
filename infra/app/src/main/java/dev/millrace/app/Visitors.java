package dev.millrace.app;

import dev.millrace.runtime.tracing.Tracing;
import dev.millrace.serving.access.Caller;
import dev.millrace.serving.access.Gatekeeper;
import dev.millrace.serving.access.Role;
import dev.millrace.serving.http.Visits;
import io.opentelemetry.context.Scope;
import io.vertx.ext.web.RoutingContext;

/** Takes what the gatekeeper wants to know from a request. */
public final class Visitors {

  private Visitors() {}

  /**
   * Names the caller.
   *
   * @throws dev.millrace.serving.Refusal 401 if a key is needed and none of ours was given
   */
  public static Caller admit(Gatekeeper gatekeeper, RoutingContext exchange) {
    return gatekeeper.admit(Visits.of(exchange));
  }

  /**
   * Names a caller that acts in a role.
   *
   * @throws dev.millrace.serving.Refusal 401, or 403 naming the role
   */
  public static Caller admit(Gatekeeper gatekeeper, RoutingContext exchange, Role role) {
    return admit(gatekeeper, exchange).in(role);
  }

  /** Goes on with the trace of a request's {@code traceparent} until the scope is closed. */
  public static Scope trace(Tracing tracing, RoutingContext exchange) {
    return tracing.context(name -> exchange.request().getHeader(name)).makeCurrent();
  }
}
