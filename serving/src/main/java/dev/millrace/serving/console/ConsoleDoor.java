package dev.millrace.serving.console;

import dev.millrace.monitor.MonitorStage;
import dev.millrace.monitor.action.Actor;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.access.Caller;
import dev.millrace.serving.access.Gatekeeper;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Locale;

/**
 * Who may enter the console, and who may change something there.
 *
 * <p>A page of another site can make a browser send requests here. It can neither read the answers
 * nor set {@value #HEADER}, which every change needs; and its origin, which browsers tell, is not
 * ours. A site whose name was made to point at this machine has its own name in {@code Host}, which
 * is refused where the caller's place is all that counts.
 */
@Singleton
class ConsoleDoor {

  static final String HEADER = "X-Millrace-Console";

  private final ConsoleHolder holder;

  ConsoleDoor(ConsoleHolder holder) {
    this.holder = holder;
  }

  Console console() {
    return holder.console();
  }

  /**
   * Lets in whoever may look.
   *
   * @throws Refusal 401 or 403
   */
  MonitorStage view(RoutingContext exchange) {
    Caller caller = caller(exchange);
    if (!console().roles().mayView(caller, isLocal(exchange.request()))) {
      throw Refusal.forbidden(
          "The console needs a key with one of the principals in millrace.console.viewers or"
              + " millrace.console.operators; without keys it answers on this machine only.");
    }
    return console().monitor();
  }

  boolean mayOperate(RoutingContext exchange) {
    return console().roles().mayOperate(caller(exchange), isLocal(exchange.request()));
  }

  /**
   * Lets in whoever may change something, from a page of ours or from no page.
   *
   * @throws Refusal 401 or 403
   */
  Actor operate(RoutingContext exchange) {
    HttpServerRequest request = exchange.request();
    if (request.getHeader(HEADER) == null) {
      throw Refusal.forbidden("A change needs the header " + HEADER + ".");
    }
    String origin = request.getHeader("Origin");
    if (origin != null && !isOurs(origin, host(request))) {
      throw Refusal.forbidden("Changes are taken from the console's own pages only.");
    }
    String site = request.getHeader("Sec-Fetch-Site");
    if (site != null && !site.equals("same-origin") && !site.equals("none")) {
      throw Refusal.forbidden("Changes are taken from the console's own pages only.");
    }
    if (!mayOperate(exchange)) {
      throw Refusal.forbidden(
          "This needs the role of an operator: a key with one of the principals in"
              + " millrace.console.operators.");
    }
    return new Actor(caller(exchange).name(), "console");
  }

  private Caller caller(RoutingContext exchange) {
    HttpServerRequest request = exchange.request();
    Console console = console();
    if (!console.roles().keyed() && !namesThisMachine(host(request))) {
      throw Refusal.forbidden(
          "Without API keys the console answers under localhost and addresses in figures only.");
    }
    return console
        .gatekeeper()
        .admit(
            request.getHeader("Authorization"),
            request.getHeader(Gatekeeper.PRINCIPALS_HEADER),
            isLocal(request));
  }

  private static boolean isOurs(String origin, String host) {
    try {
      String authority = URI.create(origin).getAuthority();
      return authority != null && authority.equalsIgnoreCase(host);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** What the caller calls us: the header Host, or what stands for it in HTTP/2; null without. */
  private static String host(HttpServerRequest request) {
    return request.authority() == null ? null : request.authority().toString();
  }

  /** A proxy on this machine forwards for others. */
  private static boolean isLocal(HttpServerRequest request) {
    return request.getHeader("X-Forwarded-For") == null
        && request.getHeader("Forwarded") == null
        && request.remoteAddress() != null
        && isLoopback(request.remoteAddress().hostAddress());
  }

  private static boolean isLoopback(String address) {
    try { // an address in figures: nothing is looked up
      return address != null && InetAddress.getByName(address).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }

  static boolean namesThisMachine(String host) {
    if (host == null) {
      return false;
    }
    String name = host.toLowerCase(Locale.ROOT).replaceAll(":\\d+$", "");
    return name.equals("localhost")
        || name.endsWith(".localhost")
        || name.matches("\\d{1,3}(\\.\\d{1,3}){3}")
        || name.matches("\\[[0-9a-f:.]+\\]");
  }
}
