package dev.millrace.monitor.lag;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.monitor.lag.Offsets.Group;
import dev.millrace.monitor.lag.Offsets.Position;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LagModelTest {

  private static final TopicPartition FIRST = new TopicPartition("chunks", 0);
  private static final TopicPartition SECOND = new TopicPartition("chunks", 1);
  private static final ExpectedReader EMBED =
      new ExpectedReader("embed", GroupKind.CONSUMER, "chunks");

  private long at = 1_800_000_000_000L;

  private static Group group(Map<TopicPartition, Position> positions) {
    return new Group("embed", GroupKind.CONSUMER, "Stable", positions);
  }

  private Offsets seen(Map<TopicPartition, Long> ends, Group... groups) {
    return new Offsets(at, ends, Map.of(), List.of(groups));
  }

  private static LagModel model(ExpectedReader... expected) {
    return new LagModel(Duration.ofSeconds(60), List.of(expected), RetirementRule.NONE);
  }

  /**
   * At every second, for groups that commit ten times a second or, as by default, every five
   * seconds: what such a group has done since is not known, which matters less the longer it takes.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void time_to_drain_is_right_within_a_fifth_under_steady_load(long seed) {
    var random = new Random(seed * 104_729);
    LagModel model = model();
    double in = 10 + 200 * random.nextDouble();
    double out = in * (1.8 + 3 * random.nextDouble());
    double commitEvery = random.nextBoolean() ? 0.1 : 1 + 4 * random.nextDouble();
    double end = (out - in) * 400;
    double done = 0;
    double committed = 0;
    double nextCommit = commitEvery * random.nextDouble();
    int checked = 0;
    for (int second = 0; (end - done) / (out - in) > 100; second++) {
      for (int tenth = 0; tenth < 10; tenth++) {
        end += in / 10 * (0.8 + 0.4 * random.nextDouble());
        done += out / 10 * (0.8 + 0.4 * random.nextDouble());
        nextCommit -= 0.1;
        if (nextCommit <= 0) {
          committed = done;
          nextCommit += commitEvery;
        }
      }
      at += 1_000;
      TopicLag lag =
          model
              .observe(
                  seen(
                      Map.of(FIRST, (long) end),
                      group(Map.of(FIRST, Position.at((long) committed)))))
              .lag("embed", "chunks")
              .orElseThrow();
      if (second > 30) {
        double truth = (end - done) / (out - in);
        assertThat(lag.drainSeconds())
            .as("second %d, %.0f in, %.0f out, commits every %.1f s", second, in, out, commitEvery)
            .isCloseTo(truth, within(truth * 0.2));
        checked++;
      }
    }
    assertThat(checked).isGreaterThan(200);
  }

  @Test
  void rate_of_a_group_that_stands_still_fades_away() {
    LagModel model = model();
    TopicLag lag = null;
    for (int i = 1; i <= 90; i++) {
      at += 1_000;
      lag =
          model
              .observe(
                  seen(
                      Map.of(FIRST, 100_000L),
                      group(Map.of(FIRST, Position.at(Math.min(i, 30) * 100L)))))
              .lag("embed", "chunks")
              .orElseThrow();
      if (i == 30) {
        assertThat(lag.consumedPerSecond()).isCloseTo(100, within(1.0));
      }
    }
    assertThat(lag.consumedPerSecond()).isLessThan(1);
  }

  @Test
  void lag_that_does_not_shrink_never_drains() {
    LagModel model = model();
    for (int i = 1; i < 10; i++) {
      at += 1_000;
      TopicLag lag =
          model
              .observe(seen(Map.of(FIRST, i * 100L), group(Map.of(FIRST, Position.at(i * 50L)))))
              .lag("embed", "chunks")
              .orElseThrow();
      assertThat(lag.drainSeconds()).isInfinite();
    }
  }

  @Test
  void group_with_something_to_read_that_does_not_move_is_stuck() {
    LagModel model = model();
    Group group = group(Map.of(FIRST, Position.at(5), SECOND, Position.at(7)));
    model.observe(seen(Map.of(FIRST, 9L, SECOND, 7L), group));
    at += 59_000;
    assertThat(
            model.observe(seen(Map.of(FIRST, 9L, SECOND, 7L), group)).groups().getFirst().stuck())
        .isFalse();
    at += 2_000;
    assertThat(
            model.observe(seen(Map.of(FIRST, 9L, SECOND, 7L), group)).groups().getFirst().stuck())
        .isTrue();
  }

  @Test
  void group_that_was_idle_for_long_is_not_stuck_when_records_come() {
    LagModel model = model();
    Group idle = group(Map.of(FIRST, Position.at(5)));
    model.observe(seen(Map.of(FIRST, 5L), idle));
    at += 600_000;
    model.observe(seen(Map.of(FIRST, 5L), idle));
    at += 1_000;

    GroupLag lag = model.observe(seen(Map.of(FIRST, 6L), idle)).groups().getFirst();

    assertThat(lag.stuck()).isFalse();
    assertThat(lag.topics().getFirst().waitingSeconds()).isZero();
  }

  @Test
  void group_that_moves_slowly_is_not_stuck() {
    LagModel model = model();
    for (int i = 0; i < 10; i++) {
      at += 50_000;
      GroupLag lag =
          model
              .observe(seen(Map.of(FIRST, 1_000L), group(Map.of(FIRST, Position.at(i)))))
              .groups()
              .getFirst();
      assertThat(lag.stuck()).isFalse();
    }
  }

  @Test
  void expected_group_that_never_came_lags_by_the_whole_topic() {
    GroupLag lag = model(EMBED).observe(seen(Map.of(FIRST, 9L, SECOND, 7L))).groups().getFirst();

    assertThat(lag.state()).isEqualTo("Missing");
    assertThat(lag.lag()).isEqualTo(16);
  }

  @Test
  void partition_that_an_expected_group_has_not_committed_counts_from_its_oldest_record() {
    var seen =
        new Offsets(
            at,
            Map.of(FIRST, 9L, SECOND, 7L),
            Map.of(SECOND, 3L),
            List.of(group(Map.of(FIRST, Position.at(9)))));

    assertThat(model(EMBED).observe(seen).groups().getFirst().lag()).isEqualTo(4);
    assertThat(model().observe(seen).groups().getFirst().lag()).isZero();
  }

  @Test
  void generations_of_a_group_count_so_too_and_none_of_them_need_be_there() {
    LagModel model = model(new ExpectedReader("emb", GroupKind.CONSUMER, "chunks", true));
    Map<TopicPartition, Long> ends = Map.of(FIRST, 9L, SECOND, 7L);

    assertThat(model.observe(seen(ends)).groups()).isEmpty();
    at += 1_000;
    assertThat(model.observe(seen(ends, group(Map.of(FIRST, Position.at(9))))).groups())
        .singleElement()
        .satisfies(lag -> assertThat(lag.lag()).isEqualTo(7));
  }

  @Test
  void records_that_retention_has_taken_are_not_lag() {
    var seen =
        new Offsets(
            at,
            Map.of(FIRST, 100L),
            Map.of(FIRST, 90L),
            List.of(group(Map.of(FIRST, Position.at(5)))));

    assertThat(model().observe(seen).groups().getFirst().lag()).isEqualTo(10);
  }

  @Test
  void transaction_marker_behind_the_last_record_is_no_lag_once_looked_at() {
    LagModel model = model();
    Group group = group(Map.of(FIRST, Position.at(10)));
    model.observe(seen(Map.of(FIRST, 11L), group));
    at += 4_000;
    model.observe(seen(Map.of(FIRST, 11L), group));
    assertThat(model.doubtful()).containsEntry("embed", Map.of(FIRST, 10L));

    model.nothingBefore("embed", FIRST, 11);
    at += 1_000;
    PartitionLag lag =
        model
            .observe(seen(Map.of(FIRST, 11L), group))
            .groups()
            .getFirst()
            .topics()
            .getFirst()
            .partitions()
            .getFirst();

    assertThat(lag.lag()).isZero();
    assertThat(lag.seconds()).isZero();
    assertThat(lag.position()).isEqualTo(10);
    assertThat(model.doubtful()).isEmpty();
  }

  @Test
  void record_that_was_found_is_not_looked_for_again() {
    LagModel model = model();
    Group group = group(Map.of(FIRST, Position.at(10)));
    model.observe(seen(Map.of(FIRST, 20L), group));
    at += 4_000;
    model.observe(seen(Map.of(FIRST, 20L), group));

    model.firstRecord("embed", FIRST, 12);
    at += 1_000;
    GroupLag lag = model.observe(seen(Map.of(FIRST, 20L), group)).groups().getFirst();

    assertThat(lag.lag()).isEqualTo(8);
    assertThat(model.doubtful()).isEmpty();
  }

  @Test
  void share_group_lags_by_what_the_broker_counts_and_moves_when_that_shrinks() {
    LagModel model = model();
    for (int i = 0; i < 5; i++) {
      at += 50_000;
      Group share =
          new Group(
              "embed", GroupKind.SHARE, "Stable", Map.of(FIRST, new Position(3, 50 - 10 * i)));
      GroupLag lag = model.observe(seen(Map.of(FIRST, 60L), share)).groups().getFirst();
      assertThat(lag.lag()).isEqualTo(50 - 10 * i);
      assertThat(lag.stuck()).isFalse();
      if (i > 0) {
        assertThat(lag.topics().getFirst().consumedPerSecond()).isCloseTo(0.2, within(0.01));
      }
    }
  }

  @Test
  void group_and_partition_that_are_gone_are_forgotten() {
    LagModel model = model();
    model.observe(seen(Map.of(FIRST, 60L), group(Map.of(FIRST, Position.at(1)))));
    at += 61_000;

    LagSnapshot snapshot = model.observe(seen(Map.of()));

    assertThat(snapshot.groups()).isEmpty();
    assertThat(snapshot.topics()).isEmpty();
  }
}
