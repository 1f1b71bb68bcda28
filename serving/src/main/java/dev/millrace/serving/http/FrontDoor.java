package dev.millrace.serving.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.Serving;
import dev.millrace.serving.access.Caller;
import dev.millrace.serving.access.Gatekeeper;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** What every resource asks first: is there a stage, who is it, and what do they say. */
@Singleton
public class FrontDoor {

  private final ServingHolder holder;

  FrontDoor(ServingHolder holder) {
    this.holder = holder;
  }

  public Serving serving() {
    return holder.serving();
  }

  /**
   * Names the caller.
   *
   * @throws Refusal 401
   */
  public Caller caller(RoutingContext exchange) {
    return serving()
        .gatekeeper()
        .admit(
            exchange.request().getHeader("Authorization"),
            exchange.request().getHeader(Gatekeeper.PRINCIPALS_HEADER),
            isLoopback(exchange.request().remoteAddress()));
  }

  /**
   * Reads the body, not more of it than allowed.
   *
   * @throws Refusal 400 or 413
   */
  JsonNode json(RoutingContext exchange, InputStream body) {
    int most = serving().settings().maxBody();
    if (declared(exchange) > most) {
      throw Refusal.tooLarge(most);
    }
    byte[] bytes;
    try {
      bytes = body == null ? new byte[0] : body.readNBytes(most + 1);
    } catch (IOException e) {
      throw Refusal.invalid(null, "The body ended before it was complete.");
    }
    if (bytes.length > most) {
      throw Refusal.tooLarge(most);
    }
    return Json.readObject(bytes);
  }

  /** Answers a request that no resource handles with an error in the shape of all others. */
  public void refuse(RoutingContext exchange, Refusal refusal) {
    var response =
        exchange
            .response()
            .setStatusCode(refusal.status())
            .putHeader("Content-Type", "application/json");
    if (refusal.status() == 401) {
      response.putHeader("WWW-Authenticate", "Bearer");
    }
    response.end(Json.write(ErrorBody.of(refusal)));
  }

  /** A failure as its sender may know it; the log has the rest. */
  public Refusal refusal(RuntimeException failure) {
    return ErrorBody.refusal(failure);
  }

  private static long declared(RoutingContext exchange) {
    String length = exchange.request().getHeader("Content-Length");
    try {
      return length == null ? -1 : Long.parseLong(length);
    } catch (NumberFormatException e) {
      throw Refusal.invalid("Content-Length", "Content-Length is not a number.");
    }
  }

  private static boolean isLoopback(SocketAddress address) {
    if (address == null || address.hostAddress() == null) {
      return false;
    }
    try { // an address in figures: nothing is looked up
      return InetAddress.getByName(address.hostAddress()).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
