package dev.millrace.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LagTest {

  private final Lag lag = new Lag();

  private Duration observe(long newest, long adopted, long seconds) {
    return lag.observe(newest, adopted, Duration.ofSeconds(seconds).toNanos());
  }

  @Test
  void current_worker_is_not_behind() {
    assertThat(observe(-1, -1, 5)).isZero();
    assertThat(observe(3, 3, 9)).isZero();
  }

  @Test
  void worker_that_stands_still_is_behind_however_often_others_are_published() {
    observe(3, 3, 0);
    assertThat(observe(4, 3, 1)).isZero();
    assertThat(observe(5, 3, 11)).isEqualTo(Duration.ofSeconds(10));
    assertThat(observe(9, 3, 31)).isEqualTo(Duration.ofSeconds(30));
    assertThat(observe(9, 9, 32)).isZero();
    assertThat(observe(10, 9, 40)).isZero();
  }

  @Test
  void worker_that_moves_but_never_catches_up_is_not_behind_for_long() {
    observe(4, 3, 0);
    assertThat(observe(6, 4, 20)).isZero();
    assertThat(observe(8, 6, 40)).isZero();
    assertThat(observe(8, 6, 45)).isEqualTo(Duration.ofSeconds(5));
  }
}
