package dev.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class InFlightTest {

  private static final Duration SOON = Duration.ofMillis(30);
  private static final Duration LATER = Duration.ofSeconds(10);

  @Test
  void a_caller_beyond_either_bound_is_held_back_until_its_deadline() throws Exception {
    var inFlight = new InFlight(2, 100);
    assertThat(inFlight.admit(60, SOON)).isTrue();
    assertThat(inFlight.admit(60, SOON)).isFalse();
    assertThat(inFlight.admit(40, SOON)).isTrue();
    assertThat(inFlight.admit(0, SOON)).isFalse();
    assertThat(inFlight.records()).isEqualTo(2);
  }

  @Test
  void a_held_caller_goes_on_when_room_is_made() throws Exception {
    var inFlight = new InFlight(1, 100);
    inFlight.admit(1, SOON);
    var held = CompletableFuture.supplyAsync(() -> admit(inFlight));
    inFlight.release(1);
    assertThat(held.get(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void a_record_larger_than_the_bound_goes_alone() throws Exception {
    var inFlight = new InFlight(10, 100);
    assertThat(inFlight.admit(1_000, SOON)).isTrue();
    assertThat(inFlight.admit(1, SOON)).isFalse();
    inFlight.release(1_000);
    assertThat(inFlight.admit(1, SOON)).isTrue();
    assertThat(inFlight.admit(1_000, SOON)).isFalse();
  }

  @Test
  void emptiness_is_waited_for_and_what_is_left_is_told() throws Exception {
    var inFlight = new InFlight(10, 100);
    inFlight.admit(1, SOON);
    assertThat(inFlight.awaitEmpty(SOON)).isEqualTo(1);
    var emptied = CompletableFuture.runAsync(() -> inFlight.release(1));
    assertThat(inFlight.awaitEmpty(LATER)).isZero();
    emptied.get(10, TimeUnit.SECONDS);
  }

  private static boolean admit(InFlight inFlight) {
    try {
      return inFlight.admit(1, LATER);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
