package dev.millrace.app;

import dev.millrace.serving.access.Caller;
import dev.millrace.serving.access.Gatekeeper;
import io.vertx.ext.web.RoutingContext;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** Takes what the gatekeeper wants to know from a request. */
public final class Visitors {

  private Visitors() {}

  /**
   * Names the caller.
   *
   * @throws dev.millrace.serving.Refusal 401 if a key is needed and none of ours was given
   */
  public static Caller admit(Gatekeeper gatekeeper, RoutingContext exchange) {
    var request = exchange.request();
    var address = request.remoteAddress();
    return gatekeeper.admit(
        request.getHeader("Authorization"),
        request.getHeader(Gatekeeper.PRINCIPALS_HEADER),
        isLoopback(address == null ? null : address.hostAddress()));
  }

  private static boolean isLoopback(String address) {
    try { // an address in figures: nothing is looked up
      return address != null && InetAddress.getByName(address).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
