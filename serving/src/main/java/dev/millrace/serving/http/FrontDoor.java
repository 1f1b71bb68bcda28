package dev.millrace.serving.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.Serving;
import dev.millrace.serving.access.Caller;
import dev.millrace.serving.access.Role;
import dev.millrace.serving.access.Visit;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;

/** What every resource asks first: is there a stage, who is it, and what do they say. */
@Singleton
public class FrontDoor {

  private static final String CALLER = "millrace.caller";

  private final ServingHolder holder;

  FrontDoor(ServingHolder holder) {
    this.holder = holder;
  }

  public Serving serving() {
    return holder.serving();
  }

  /**
   * Names a caller that reads.
   *
   * @throws Refusal 401, 403 or 429
   */
  public Caller caller(RoutingContext exchange) {
    return caller(exchange, Role.READER);
  }

  /**
   * Names a caller that acts in a role.
   *
   * @throws Refusal 401, 403 or 429
   */
  public Caller caller(RoutingContext exchange, Role role) {
    return known(exchange).in(role);
  }

  /**
   * Names a caller, whatever it may do.
   *
   * @throws Refusal 401 or 429
   */
  public Caller known(RoutingContext exchange) {
    Serving serving = serving();
    if (exchange.get(CALLER) instanceof Caller known) {
      return known; // a request counts once
    }
    Visit visit = Visits.of(exchange);
    String address = Visits.address(exchange);
    Caller caller;
    try {
      caller = serving.gatekeeper().admit(visit);
    } catch (Refusal e) {
      if (e.status() == 401) {
        serving.rates().countFailure(address);
      }
      throw e;
    }
    serving.rates().count(caller, address, visit.fromLoopback());
    exchange.put(CALLER, caller);
    return caller;
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
    refusal
        .retryAfter()
        .ifPresent(wait -> response.putHeader("Retry-After", "" + Math.max(1, wait.toSeconds())));
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
}
