package dev.millrace.serving.http;

import io.vertx.core.MultiMap;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.Map;

/**
 * Headers of every response, whoever writes it: pages load from this server only and run nothing
 * that stands in them, nobody frames them, and answers are kept by no cache. A resource that sets
 * one of them itself keeps its own.
 */
@Singleton
class SecurityHeaders {

  private static final Map<String, String> HEADERS =
      Map.of(
          "Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
              + " font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none';"
              + " form-action 'none'; frame-ancestors 'none'",
          "X-Content-Type-Options",
          "nosniff",
          "X-Frame-Options",
          "DENY",
          "Referrer-Policy",
          "no-referrer",
          "Cross-Origin-Opener-Policy",
          "same-origin",
          "Cross-Origin-Resource-Policy",
          "same-origin",
          "Permissions-Policy",
          "camera=(), geolocation=(), microphone=()");

  void install(@Observes Router router) {
    router.route().order(Integer.MIN_VALUE).handler(this::handle);
  }

  private void handle(RoutingContext exchange) {
    exchange.addHeadersEndHandler(
        ignored -> {
          MultiMap headers = exchange.response().headers();
          HEADERS.forEach(
              (name, value) -> {
                if (!headers.contains(name)) {
                  headers.set(name, value);
                }
              });
          boolean api = exchange.request().path().startsWith("/v1/");
          if (api && !headers.contains("Cache-Control")) {
            headers.set("Cache-Control", "no-store");
          }
        });
    exchange.next();
  }
}
