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

  public Gatekeeper(List<ApiKey> keys, HeaderTrust trust) {
    this.keys = List.copyOf(keys);
    this.trust = trust;
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
    if (keys.isEmpty()) {
      boolean believed =
          trust == HeaderTrust.ALWAYS || trust == HeaderTrust.LOOPBACK && fromLoopback;
      return believed && principals != null
          ? new Caller("anonymous", split(principals))
          : Caller.ANONYMOUS;
    }
    ApiKey key = find(authorization);
    return trust == HeaderTrust.ALWAYS && principals != null
        ? new Caller(key.name(), split(principals))
        : new Caller(key.name(), key.principals());
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
