package dev.millrace.monitor.recent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.monitor.recent.SampleBook.Group;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class BooksTest {

  private static Group group(long from, long to) {
    return new Group(
        0, 0, "t", "run", 1, "TRAIN", "policy", "p", "w", "r", 4, 1, 9, 1, 1, "", from, from, to,
        to);
  }

  @Test
  void worker_is_busy_while_any_group_is_in_hand_and_no_moment_counts_twice() {
    assertThat(SampleBook.busy(List.of(group(0, 40), group(20, 60), group(30, 35)), 0, 100))
        .isCloseTo(0.6, within(1e-9));
    assertThat(SampleBook.busy(List.of(group(-50, 10), group(90, 200)), 0, 100))
        .as("only what lies in the window")
        .isCloseTo(0.2, within(1e-9));
    assertThat(SampleBook.busy(List.of(), 0, 100)).isZero();
  }

  @Test
  void spread_of_nothing_is_nothing_and_of_one_is_that() {
    assertThat(Spread.of(DoubleStream.empty())).isEqualTo(new Spread(0, 0, 0, 0));
    assertThat(Spread.of(DoubleStream.of(7))).isEqualTo(new Spread(1, 7, 7, 7));
    assertThat(Spread.of(DoubleStream.iterate(1, x -> x + 1).limit(100)))
        .isEqualTo(new Spread(100, 50, 96, 100));
  }

  @Test
  void ring_keeps_the_newest() {
    var ring = new Ring<Integer>(3);
    for (int i = 0; i < 10; i++) {
      ring.add(i);
    }

    assertThat(ring.newestFirst()).containsExactly(9, 8, 7);
  }
}
