package dev.millrace.models.hub;

import java.net.URI;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * How to reach a model hub.
 *
 * @param base for example {@code https://huggingface.co} or a mirror of it
 * @param token sent as a bearer token to {@code base} only, never to where it redirects
 * @param timeout for connecting, and for every wait for bytes
 * @param attempts tries a file; what has arrived is kept between them
 * @param backoff wait before the second try, doubled before each further one
 */
public record HubSettings(
    URI base, Optional<String> token, Duration timeout, int attempts, Duration backoff) {

  public static final URI HUGGING_FACE = URI.create("https://huggingface.co");

  public HubSettings {
    Objects.requireNonNull(token, "token");
    String scheme = String.valueOf(base.getScheme());
    if (!(scheme.equals("http") || scheme.equals("https")) || base.getHost() == null) {
      throw new IllegalArgumentException("the hub's address must be http(s)://host: " + base);
    }
    if (timeout.isNegative() || timeout.isZero() || backoff.isNegative()) {
      throw new IllegalArgumentException(
          "timeout must be positive, backoff not negative: " + timeout + ", " + backoff);
    }
    if (attempts < 1) {
      throw new IllegalArgumentException("attempts must be at least 1: " + attempts);
    }
  }

  /** Five tries, 30 seconds of silence at most, waits of 1, 2, 4 and 8 seconds. */
  public static HubSettings of(URI base) {
    return new HubSettings(
        base, Optional.empty(), Duration.ofSeconds(30), 5, Duration.ofSeconds(1));
  }

  public HubSettings withToken(String token) {
    return new HubSettings(base, Optional.of(token), timeout, attempts, backoff);
  }

  /** Not the token: settings end up in logs. */
  @Override
  public String toString() {
    return "HubSettings[base=%s, token=%s, timeout=%s, attempts=%d, backoff=%s]"
        .formatted(base, token.isPresent() ? "set" : "none", timeout, attempts, backoff);
  }
}
