package dev.millrace.monitor.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TrainingStep;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LedgerCurveTest {

  private final LedgerCurve curve = new LedgerCurve(64);

  private CurvePoint add(long step, StepKind kind, long finishedAt, Map<String, Double> metrics) {
    TrainingStep entry = LedgerTailTest.entry("a", step);
    entry.setKind(kind);
    entry.setFinishedAt(finishedAt);
    entry.setMetrics(metrics);
    return curve.add(entry);
  }

  @Test
  void a_point_says_what_its_entry_says_and_no_more() {
    add(0, StepKind.START, 1_000, Map.of());
    var point =
        add(
            1,
            StepKind.UPDATE,
            3_000,
            Map.of("reward.mean", 0.25, "staleness.mean", 1.5, "samples", 64.0, "update", 1.0));

    assertThat(point.update()).isEqualTo(1);
    assertThat(point.reward()).hasValue(0.25);
    assertThat(point.staleness()).hasValue(1.5);
    assertThat(point.accuracy()).isEmpty();
    assertThat(point.samplesPerSecond().orElseThrow()).isEqualTo(32.0, within(1e-9));
    assertThat(point.seconds()).isEqualTo(3.0);
  }

  @Test
  void the_rate_counts_the_time_of_evaluations_but_not_of_the_warm_start() {
    add(0, StepKind.START, 0, Map.of());
    add(1, StepKind.SFT, 60_000, Map.of());
    add(2, StepKind.UPDATE, 61_000, Map.of("samples", 10.0));
    add(3, StepKind.EVAL, 63_000, Map.of("eval.greedy", 0.5, "samples", 99.0));
    var point = add(4, StepKind.UPDATE, 64_000, Map.of("samples", 10.0));

    assertThat(point.samplesPerSecond().orElseThrow()).isEqualTo(5.0, within(1e-9));
    assertThat(curve.accuracy()).hasValue(0.5);
  }

  @Test
  void the_rate_does_not_count_the_time_in_which_nobody_worked() {
    add(0, StepKind.START, 0, Map.of());
    add(1, StepKind.UPDATE, 1_000, Map.of("samples", 10.0));
    TrainingStep entry = LedgerTailTest.entry("a", 2);
    entry.setStartedAt(3_600_000);
    entry.setFinishedAt(3_602_000);
    entry.setMetrics(Map.of("samples", 10.0));

    assertThat(curve.add(entry).samplesPerSecond().orElseThrow()).isEqualTo(5.0, within(1e-9));
  }

  @Test
  void a_long_run_keeps_its_shape_in_bounded_room() {
    for (int step = 0; step < 10_000; step++) {
      add(step, StepKind.UPDATE, step, Map.of("reward.mean", step / 10_000.0));
    }

    assertThat(curve.points()).hasSizeBetween(32, 64);
    assertThat(curve.points().getFirst().step()).isZero();
    assertThat(curve.last().orElseThrow().step()).isEqualTo(9_999);
    assertThat(curve.points()).isSortedAccordingTo((a, b) -> Long.compare(a.step(), b.step()));
  }

  @Test
  void before_the_first_entry_there_is_nothing() {
    assertThat(curve.last()).isEmpty();
    assertThat(curve.accuracy()).isEmpty();
  }
}
