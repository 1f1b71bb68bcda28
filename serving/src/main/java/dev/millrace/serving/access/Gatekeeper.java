package dev.millrace.serving.access;

import dev.millrace.serving.Refusal;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Decides who a request comes from.
 *
 * <ul>
 *   <li>Keys are configured: every request needs one of them, from loopback too. Its principals are
 *       the key's. With {@link HeaderTrust#ALWAYS} (a gateway that authenticates people stands in
 *       front and holds the key) the header names them instead.
 *   <li>No keys: the header is believed from loopback, or from anywhere with {@link
 *       HeaderTrust#ALWAYS}; without it the caller sees public documents.
 *   <li>No keys, and the request comes from this machine: it must be addressed to this machine by
 *       name, too, and not come from a page of another site. Otherwise any page that a person here
 *       opens could ask and push in their name.
 * </ul>
 *
 * A principals header that is not trusted is ignored, not refused: it can only take nothing.
 */
public final class Gatekeeper {

  /** Header that carries comma-separated principals. */
  public static final String PRINCIPALS_HEADER = "X-Millrace-Principals";

  /** From whom {@value #PRINCIPALS_HEADER} is believed. */
  public enum HeaderTrust {
    NEVER,
    LOOPBACK,
    ALWAYS
  }

  private static final String BEARER = "Bearer ";
  private static final int MAX_HEADER = 8192;

  private final List<ApiKey> keys;
  private final HeaderTrust trust;
  private final Set<Role> openRoles;

  public Gatekeeper(List<ApiKey> keys, HeaderTrust trust) {
    this(keys, trust, Set.of(Role.READER));
  }

  /**
   * @param openRoles of callers from other machines where no keys are configured; callers on this
   *     machine have all roles then
   */
  public Gatekeeper(List<ApiKey> keys, HeaderTrust trust, Set<Role> openRoles) {
    this.keys = List.copyOf(keys);
    this.trust = trust;
    this.openRoles = Set.copyOf(openRoles);
  }

  /**
   * Names the caller.
   *
   * @param authorization the Authorization header, or null
   * @param principals the {@value #PRINCIPALS_HEADER} header, or null
   * @param fromLoopback whether the connection comes from this machine
   * @throws Refusal 401 if a key is needed and none of ours was given
   */
  public Caller admit(String authorization, String principals, boolean fromLoopback) {
    return admit(new Visit(authorization, principals, null, null, fromLoopback));
  }

  /**
   * Names the caller.
   *
   * @throws Refusal 401 if a key is needed and none of ours was given; 403 if a page of another
   *     site sends it
   */
  public Caller admit(Visit visit) {
    if (keys.isEmpty()) {
      refuseOtherSites(visit);
      boolean believed =
          trust == HeaderTrust.ALWAYS || trust == HeaderTrust.LOOPBACK && visit.fromLoopback();
      return new Caller(
          Caller.ANONYMOUS.name(),
          believed && visit.principals() != null ? split(visit.principals()) : Set.of(),
          visit.fromLoopback() ? Set.of(Role.values()) : openRoles);
    }
    ApiKey key = find(visit.authorization());
    boolean named = trust == HeaderTrust.ALWAYS && visit.principals() != null;
    return new Caller(
        key.name(), named ? split(visit.principals()) : key.principals(), key.roles());
  }

  private static void refuseOtherSites(Visit visit) {
    if (!visit.fromLoopback()) {
      return;
    }
    if (visit.host() != null && !LocalNames.isLocalHost(visit.host())) {
      throw Refusal.forbidden(
          "Without API keys this server answers to localhost and to addresses only, not to the name"
              + " in the Host header.");
    }
    if (visit.origin() != null && !LocalNames.isLocalOrigin(visit.origin())) {
      throw Refusal.forbidden(
          "Without API keys this server takes nothing from other sites' pages.");
    }
  }

  private ApiKey find(String authorization) {
    if (authorization == null
        || !authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      throw Refusal.unauthorised("An API key is needed: send 'Authorization: Bearer KEY'.");
    }
    byte[] hash = ApiKey.hash(authorization.substring(BEARER.length()).strip());
    ApiKey found = null;
    for (ApiKey key : keys) { // no early exit: the time must not tell which key was near
      if (key.matches(hash)) {
        found = key;
      }
    }
    if (found == null) {
      throw Refusal.unauthorised("The API key is not known here.");
    }
    return found;
  }

  private static Set<String> split(String header) {
    if (header.length() > MAX_HEADER) {
      throw Refusal.invalid(
          PRINCIPALS_HEADER, "The header is longer than " + MAX_HEADER + " characters.");
    }
    return Set.copyOf(
        Arrays.stream(header.split(","))
            .map(String::strip)
            .filter(p -> !p.isEmpty())
            .distinct()
            .toList());
  }
}
