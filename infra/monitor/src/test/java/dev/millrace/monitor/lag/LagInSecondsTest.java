package dev.millrace.monitor.lag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Lag in seconds against partitions in which the time of every record is known. */
class LagInSecondsTest {

  private static final TopicPartition PARTITION = new TopicPartition("documents", 0);
  private static final long BEGIN = 1_800_000_000_000L;

  private final LagModel model =
      new LagModel(Duration.ofMinutes(2), List.of(), RetirementRule.NONE);

  private PartitionLag observe(long at, long end, long position) {
    var group =
        new Offsets.Group(
            "g", GroupKind.CONSUMER, "Stable", Map.of(PARTITION, Offsets.Position.at(position)));
    var snapshot = model.observe(new Offsets(at, Map.of(PARTITION, end), Map.of(), List.of(group)));
    return snapshot.lag("g", "documents").orElseThrow().partitions().getFirst();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
  void any_traffic_and_any_consumer_is_told_within_a_second_or_five_percent(long seed) {
    var random = new Random(seed * 7919);
    var partition = new SimulatedPartition(seed, BEGIN);
    long position = 0;
    long at = BEGIN;
    double speed = 1;
    observe(at, 0, 0);
    for (int round = 0; round < 6_000; round++) {
      at += 900 + random.nextInt(200);
      partition.runTo(at);
      if (random.nextInt(40) == 0) { // pauses, crawls and catches up by turns
        speed = random.nextInt(3) == 0 ? 0 : random.nextDouble() * 120;
      }
      position = Math.min(partition.end(), position + (long) (speed * random.nextDouble() * 2));
      PartitionLag lag = observe(at, partition.end(), position);

      double truth = partition.lagSeconds(position);
      assertThat(lag.lag()).isEqualTo(partition.end() - position);
      assertThat(lag.atLeast()).isFalse();
      assertThat(lag.seconds())
          .as("round %d, position %d of %d", round, position, partition.end())
          .isCloseTo(truth, within(Math.max(1.1, truth * 0.05)));
      assertThat(lag.lag() == 0).isEqualTo(lag.seconds() == 0);
    }
  }

  @Test
  void what_is_written_after_an_idle_hour_is_not_dated_back_into_it() {
    observe(BEGIN, 100, 100);
    for (int second = 1; second <= 3_600; second++) {
      assertThat(observe(BEGIN + second * 1_000L, 100, 100).seconds()).isZero();
    }

    double first = observe(BEGIN + 3_601_000, 110, 105).seconds();
    double later = observe(BEGIN + 3_631_000, 110, 105).seconds();

    assertThat(first).isBetween(0.0, 1.0);
    assertThat(later).isCloseTo(30.5, within(0.6));
  }

  @Test
  void time_before_the_first_look_is_a_lower_bound_until_kafka_was_asked() {
    observe(BEGIN, 1_000, 10);

    PartitionLag lag = observe(BEGIN + 5_000, 1_000, 10);

    assertThat(lag.atLeast()).isTrue();
    assertThat(lag.seconds()).isCloseTo(5, within(0.01));
    assertThat(model.wantedLookUps()).containsKey(PARTITION);
  }

  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23, 24, 25, 26, 27, 28})
  void time_before_the_first_look_is_found_in_few_questions(long seed) {
    var partition = new SimulatedPartition(seed, BEGIN);
    long now = BEGIN + 20_000_000;
    partition.runTo(now);
    var random = new Random(seed);
    long position = random.nextLong(partition.end());
    PartitionLag lag = observe(now, partition.end(), position);
    int questions = 0;
    while (model.wantedLookUps().containsKey(PARTITION)) {
      assertThat(++questions).isLessThan(30);
      long time = model.wantedLookUps().get(PARTITION);
      long offset = partition.firstAt(time);
      boolean none = offset == partition.end();
      model.lookedUp(PARTITION, time, offset, none ? -1 : partition.timeOf(offset));
      lag = observe(now, partition.end(), position);
    }

    double truth = partition.lagSeconds(position);
    assertThat(lag.atLeast()).isFalse();
    assertThat(lag.seconds()).isCloseTo(truth, within(Math.max(1, truth * 0.05)));
  }

  @Test
  void topic_that_was_made_anew_begins_anew() {
    observe(BEGIN, 1_000, 990);
    observe(BEGIN + 1_000, 1_000, 990);

    PartitionLag lag = observe(BEGIN + 60_000, 4, 0);

    assertThat(lag.lag()).isEqualTo(4);
    assertThat(lag.atLeast()).isTrue();
  }

  @Test
  void clock_that_was_set_back_gives_no_negative_times() {
    observe(BEGIN, 1_000, 990);
    observe(BEGIN + 10_000, 1_010, 990);

    assertThat(observe(BEGIN + 4_000, 1_020, 990).seconds()).isNotNegative();
  }
}
