package dev.millrace.serving.http;

import dev.millrace.serving.access.Gatekeeper;
import dev.millrace.serving.access.Visit;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** Takes what the gatekeeper wants to know from a request. */
public final class Visits {

  private Visits() {}

  public static Visit of(RoutingContext exchange) {
    HttpServerRequest request = exchange.request();
    return new Visit(
        request.getHeader("Authorization"),
        request.getHeader(Gatekeeper.PRINCIPALS_HEADER),
        request.authority() == null ? null : request.authority().toString(),
        request.getHeader("Origin"),
        isLoopback(address(exchange)));
  }

  /** Where the connection comes from, in figures; empty if that is not known. */
  static String address(RoutingContext exchange) {
    var address = exchange.request().remoteAddress();
    return address == null || address.hostAddress() == null ? "" : address.hostAddress();
  }

  private static boolean isLoopback(String address) {
    try { // an address in figures: nothing is looked up
      return !address.isEmpty() && InetAddress.getByName(address).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
