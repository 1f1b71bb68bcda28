package dev.millrace.serving.http;

import dev.millrace.serving.Refusal;
import io.quarkus.runtime.configuration.MemorySize;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Answers bodies that are declared larger than the whole server takes. Without it the container
 * answers them itself, with an empty body that clients cannot read.
 */
@Singleton
class SizeGuard {

  private static final String PATHS = "/v1/*";

  private final long most;

  SizeGuard(
      @ConfigProperty(name = "quarkus.http.limits.max-body-size", defaultValue = "10240K")
          MemorySize most) {
    this.most = most.asLongValue();
  }

  void install(@Observes Router router) {
    router.route(PATHS).order(Integer.MIN_VALUE).handler(this::check);
  }

  private void check(RoutingContext exchange) {
    String declared = exchange.request().getHeader("Content-Length");
    if (declared == null || !declared.matches("\\d{1,19}") || !exceeds(declared)) {
      exchange.next();
      return;
    }
    exchange
        .response()
        .setStatusCode(413)
        .putHeader("Content-Type", "application/json")
        .putHeader("Connection", "close")
        .end(Json.write(ErrorBody.of(Refusal.tooLarge(most))))
        .onComplete(sent -> exchange.request().connection().close()); // unread, it cannot go on
  }

  private boolean exceeds(String declared) {
    try {
      return Long.parseLong(declared) > most;
    } catch (NumberFormatException e) {
      return true; // 19 digits beyond a long
    }
  }
}
