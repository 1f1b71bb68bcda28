package dev.millrace.reward.function;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.runtime.Backoff;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.core.IntervalFunction;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Calls of a service that scores: JSON out, JSON back. Each has a deadline, failures that may pass
 * (unreachable, late, 429, 5xx) are tried again with growing waits, no more than so many are in
 * flight, and a service that keeps failing is left alone for a while, each time twice as long: a
 * call that only tries whether it works again costs its group the time of a failure.
 */
final class ServiceCalls implements AutoCloseable {

  private static final int LONGEST_REPLY = 1 << 20;

  /** In rests of the first length. */
  private static final int LONGEST_REST = 16;

  private final URI url;
  private final Optional<String> token;
  private final Duration timeout;
  private final int attempts;
  private final Semaphore inFlight;
  private final CircuitBreaker breaker;
  private final HttpClient http;

  private ServiceCalls(
      URI url,
      Optional<String> token,
      Duration timeout,
      int attempts,
      int inFlight,
      int failures,
      Duration rest) {
    this.url = url;
    this.token = token;
    this.timeout = timeout;
    this.attempts = attempts;
    this.inFlight = new Semaphore(inFlight, true);
    this.breaker =
        CircuitBreaker.of(
            url.toString(),
            CircuitBreakerConfig.custom()
                .slidingWindowSize(failures)
                .minimumNumberOfCalls(failures)
                .failureRateThreshold(100)
                .waitIntervalFunctionInOpenState(
                    IntervalFunction.ofExponentialBackoff(rest, 2, rest.multipliedBy(LONGEST_REST)))
                .permittedNumberOfCallsInHalfOpenState(1)
                .build());
    this.http = HttpClient.newBuilder().connectTimeout(timeout).build();
  }

  /**
   * Reads {@code url}, {@code token-env} (an environment variable with a bearer token), {@code
   * timeout-ms} (3000, of one attempt), {@code attempts} (3), {@code in-flight} (8), {@code
   * failures} (10 in a row, then the service rests) and {@code rest-ms} (10000, doubled whenever it
   * fails at once again, up to 16 times as long).
   *
   * @param path added to the URL
   */
  static ServiceCalls from(Options options, String path) {
    String text =
        options
            .text("url")
            .orElseThrow(() -> new IllegalArgumentException("option 'url' is missing"));
    if (!text.matches("https?://\\S+")) {
      throw new IllegalArgumentException(
          "option 'url' is '" + text + "' but must be http(s)://...");
    }
    Optional<String> token =
        options
            .text("token-env")
            .map(
                name ->
                    Optional.ofNullable(System.getenv(name))
                        .orElseThrow(
                            () ->
                                new IllegalArgumentException(
                                    "option 'token-env' names the environment variable "
                                        + name
                                        + ", which is not set")));
    return new ServiceCalls(
        URI.create(text.replaceAll("/+$", "") + path),
        token,
        options.millis("timeout-ms", 3_000),
        options.integer("attempts", 1, 10).orElse(3),
        options.integer("in-flight", 1, 1_000).orElse(8),
        options.integer("failures", 1, 1_000).orElse(10),
        options.millis("rest-ms", 10_000));
  }

  /**
   * The reply as JSON.
   *
   * @throws RewardException with reason scorer-timeout, scorer-unreachable, scorer-status,
   *     scorer-nonsense, scorer-resting or scorer-busy
   */
  JsonNode post(ObjectNode body) {
    var backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5));
    for (int attempt = 1; ; attempt++) {
      if (!breaker.tryAcquirePermission()) {
        throw new RewardException(
            "scorer-resting", url + " failed too often and is left alone for a while");
      }
      long began = System.nanoTime();
      try {
        JsonNode reply = once(body);
        breaker.onSuccess(System.nanoTime() - began, TimeUnit.NANOSECONDS);
        return reply;
      } catch (Failed e) {
        breaker.onError(System.nanoTime() - began, TimeUnit.NANOSECONDS, e);
        if (!e.passing || attempt == attempts) {
          throw new RewardException(
              e.reason, e.getMessage() + (attempt > 1 ? " (" + attempt + " attempts)" : ""));
        }
      } catch (InterruptedException e) {
        breaker.releasePermission();
        throw interrupted();
      }
      pause(backoff.next());
    }
  }

  private JsonNode once(ObjectNode body) throws InterruptedException, Failed {
    if (!inFlight.tryAcquire(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new Failed("scorer-busy", true, "no call to " + url + " could begin in time");
    }
    try {
      var request =
          HttpRequest.newBuilder(url)
              .timeout(timeout)
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString(body.toString()));
      token.ifPresent(value -> request.header("Authorization", "Bearer " + value));
      // The client's own timeout ends with the headers; a body that drips must end too.
      var pending = http.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
      HttpResponse<String> reply;
      try {
        reply = pending.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      } finally {
        pending.cancel(true);
      }
      return read(reply);
    } catch (java.util.concurrent.TimeoutException e) {
      throw late();
    } catch (java.util.concurrent.ExecutionException e) {
      if (e.getCause() instanceof HttpTimeoutException) {
        throw late();
      }
      String why = e.getCause() instanceof IOException io ? io.toString() : e.getCause().toString();
      throw new Failed("scorer-unreachable", true, url + ": " + why);
    } finally {
      inFlight.release();
    }
  }

  private Failed late() {
    return new Failed(
        "scorer-timeout", true, url + " did not answer within " + timeout.toMillis() + " ms");
  }

  private JsonNode read(HttpResponse<String> reply) throws Failed {
    int status = reply.statusCode();
    if (status / 100 != 2) {
      throw new Failed(
          "scorer-status", status == 429 || status >= 500, url + " answered " + status);
    }
    if (reply.body().length() > LONGEST_REPLY) {
      throw new Failed("scorer-nonsense", false, url + " answered more than 1 MiB");
    }
    return StrictJson.parse(reply.body())
        .orElseThrow(() -> new Failed("scorer-nonsense", false, url + " answered no JSON"));
  }

  private static void pause(Duration wait) {
    try {
      Thread.sleep(wait);
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static RewardException interrupted() {
    Thread.currentThread().interrupt();
    return new RewardException("reward-timeout", "the group's deadline passed");
  }

  URI url() {
    return url;
  }

  @Override
  public void close() {
    http.shutdownNow();
  }

  /** Why a call failed. */
  private static final class Failed extends Exception {

    private static final long serialVersionUID = 1;

    private final String reason;
    private final boolean passing;

    Failed(String reason, boolean passing, String message) {
      super(message);
      this.reason = reason;
      this.passing = passing;
    }
  }
}
