package dev.millrace.serving.http;

import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/**
 * Has browsers ask whether the web chat has changed before they use what they kept: its files have
 * no version in their addresses. Those of libraries have one and are kept.
 */
@Singleton
class PageCaching {

  private static final String OURS = "/(?:index\\.html|chat/.*)?";

  void install(@Observes Router router) {
    router
        .routeWithRegex(OURS)
        .order(Integer.MIN_VALUE)
        .handler(
            exchange -> {
              exchange.response().putHeader(HttpHeaders.CACHE_CONTROL, "no-cache");
              exchange.next();
            });
  }
}
