package dev.millrace.serving.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.serving.Refusal;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RateLimitsTest {

  private final RateLimits limits = new RateLimits(3, 2);

  @Test
  void caller_beyond_its_limit_is_told_when_to_come_back() {
    Caller office = new Caller("office", Set.of());
    for (int i = 0; i < 3; i++) {
      limits.count(office, "10.0.0." + i, false); // the address does not matter to a key
    }
    assertThatThrownBy(() -> limits.count(office, "10.0.0.9", true))
        .isInstanceOfSatisfying(
            Refusal.class,
            r -> {
              assertThat(r.status()).isEqualTo(429);
              assertThat(r.code()).isEqualTo("rate_limit_exceeded");
              assertThat(r.retryAfter().orElseThrow().toSeconds()).isBetween(1L, 20L);
            });
    limits.count(new Caller("other", Set.of()), "10.0.0.9", false);
  }

  @Test
  void callers_without_a_key_count_by_address_and_not_at_all_on_this_machine() {
    for (int i = 0; i < 50; i++) {
      limits.count(Caller.ANONYMOUS, "127.0.0.1", true);
      limits.count(Caller.ANONYMOUS, "10.1.0." + i, false);
    }
    limits.count(Caller.ANONYMOUS, "10.1.0.7", false);
    limits.count(Caller.ANONYMOUS, "10.1.0.7", false);
    assertThatThrownBy(() -> limits.count(Caller.ANONYMOUS, "10.1.0.7", false))
        .isInstanceOf(Refusal.class);
  }

  @Test
  void unknown_keys_of_an_address_are_slowed_down() {
    limits.countFailure("10.0.0.1");
    limits.countFailure("10.0.0.1");
    assertThatThrownBy(() -> limits.countFailure("10.0.0.1")).isInstanceOf(Refusal.class);
    limits.countFailure("10.0.0.2");
  }

  @Test
  void no_limit_is_no_limit() {
    RateLimits none = new RateLimits(0, 0);
    assertThatCode(
            () -> {
              for (int i = 0; i < 1_000; i++) {
                none.count(new Caller("office", Set.of()), "x", false);
                none.countFailure("x");
              }
            })
        .doesNotThrowAnyException();
  }
}
