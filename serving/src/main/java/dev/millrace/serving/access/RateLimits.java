package dev.millrace.serving.access;

import dev.millrace.serving.Refusal;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How many requests a caller may send: a token bucket for each key, or for each address where there
 * are no keys, that is full after a minute. Keys that are not known count against their address, so
 * that nobody tries them out in a hurry. Callers on this machine without a key have no limit.
 */
public final class RateLimits {

  /** Buckets of callers beyond so many are forgotten, those that were used longest ago first. */
  private static final int MOST = 10_000;

  private final int perMinute;
  private final int failuresPerMinute;
  private final Map<String, Bucket> buckets =
      new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Bucket> eldest) {
          return size() > MOST;
        }
      };

  /**
   * @param perMinute requests of one caller; 0: no limit
   * @param failuresPerMinute unknown keys from one address; 0: no limit
   */
  public RateLimits(int perMinute, int failuresPerMinute) {
    this.perMinute = perMinute;
    this.failuresPerMinute = failuresPerMinute;
  }

  /**
   * Counts a request.
   *
   * @param address where it comes from, for callers without a key
   * @throws Refusal 429, with the time until the next is let through
   */
  public void count(Caller caller, String address, boolean fromLoopback) {
    boolean anonymous = caller.name().equals(Caller.ANONYMOUS.name());
    if (!anonymous || !fromLoopback) {
      take(anonymous ? "address " + address : "key " + caller.name(), perMinute);
    }
  }

  /**
   * Counts a request whose key is missing or not known.
   *
   * @throws Refusal 429
   */
  public void countFailure(String address) {
    take("failures " + address, failuresPerMinute);
  }

  private void take(String who, int limit) {
    if (limit == 0) {
      return;
    }
    Bucket bucket;
    synchronized (buckets) {
      bucket = buckets.computeIfAbsent(who, name -> bucket(limit));
    }
    ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(1);
    if (!probe.isConsumed()) {
      throw Refusal.tooFast(limit, Duration.ofNanos(probe.getNanosToWaitForRefill()));
    }
  }

  private static Bucket bucket(int limit) {
    return Bucket.builder()
        .addLimit(l -> l.capacity(limit).refillGreedy(limit, Duration.ofMinutes(1)))
        .build();
  }
}
