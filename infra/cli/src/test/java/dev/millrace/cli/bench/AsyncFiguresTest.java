package dev.millrace.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.cli.EngineUse;
import dev.millrace.contracts.avro.Prompt;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TrainingStep;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What is made of a run's ledger, and the task that is learned. */
class AsyncFiguresTest {

  private final List<TrainingStep> ledger = new ArrayList<>();

  private void entry(StepKind kind, long finishedAt, Map<String, Double> metrics) {
    ledger.add(
        TrainingStep.newBuilder()
            .setRun("run")
            .setStep(ledger.size())
            .setKind(kind)
            .setVersionBefore(1)
            .setVersionAfter(1)
            .setWeightsSha256("")
            .setMetrics(new TreeMap<>(metrics))
            .setStartedAt(finishedAt)
            .setFinishedAt(finishedAt)
            .build());
  }

  private void update(long finishedAt, double total, double training, double waiting) {
    entry(
        StepKind.UPDATE,
        finishedAt,
        Map.of(
            "seconds.total",
            total,
            "seconds.training",
            training,
            "seconds.waiting",
            waiting,
            "staleness.mean",
            0.5,
            "length.mean",
            8.0,
            "length.max",
            (double) finishedAt / 1000));
  }

  private void evaluation(long finishedAt, double accuracy) {
    entry(StepKind.EVAL, finishedAt, Map.of("eval.greedy", accuracy, "seconds.total", 2.0));
  }

  private static String page(double busySeconds, double steps) {
    return """
    # TYPE millrace_rollout_steps counter
    millrace_rollout_steps_total{lane="0"} %s
    millrace_rollout_steps_total{lane="1"} 2.0
    millrace_rollout_busy_seconds_total{lane="0"} %s
    """
        .formatted(steps - 2, busySeconds);
  }

  @Test
  void
      a_run_counts_from_its_first_update_to_the_second_evaluation_in_a_row_that_reached_the_target() {
    entry(StepKind.START, 1_000, Map.of());
    evaluation(3_000, 0.9); // before the first update
    update(5_000, 2, 1, 1);
    update(9_000, 4, 1, 2);
    evaluation(10_000, 0.8); // by chance
    evaluation(11_000, 0.5);
    update(15_000, 4, 3, 0);
    evaluation(15_000, 0.9);
    evaluation(17_000, 0.8);
    update(90_000, 70, 1, 69);
    evaluation(92_000, 0.9);
    entry(StepKind.END, 93_000, Map.of());
    var engines = new EngineUse();
    engines.see(4_000, page(100, 1_000));
    engines.see(6_000, page(101, 1_010));
    engines.see(16_000, page(107, 1_030));
    engines.see(99_000, page(900, 9_000));

    AsyncFigures figures = AsyncFigures.of(ledger, engines, 0.8);

    assertThat(figures.reached()).isTrue();
    assertThat(figures.accuracy()).isEqualTo(0.8);
    assertThat(figures.seconds()).isEqualTo(12);
    assertThat(figures.secondsTraining()).isEqualTo(4);
    assertThat(figures.updates()).isEqualTo(2);
    assertThat(figures.perUpdate()).isEqualTo(2);
    assertThat(figures.learnerIdle()).isEqualTo(0.25);
    assertThat(figures.updateSeconds()).isEqualTo(2);
    assertThat(figures.rolloutIdle()).isCloseTo(0.4, within(1e-9));
    assertThat(figures.stepSeconds()).isCloseTo(0.3, within(1e-9));
    assertThat(figures.staleness()).isEqualTo(0.5);
    assertThat(figures.lengthMean()).isEqualTo(8);
    assertThat(figures.lengthMost()).isEqualTo(15);
  }

  @Test
  void a_run_that_never_reaches_the_target_counts_to_its_last_evaluation() {
    update(5_000, 2, 1, 1);
    update(9_000, 4, 1, 2);
    evaluation(11_000, 0.5);
    entry(StepKind.END, 93_000, Map.of());

    AsyncFigures figures = AsyncFigures.of(ledger, new EngineUse(), 0.8);

    assertThat(figures.reached()).isFalse();
    assertThat(figures.seconds()).isEqualTo(6);
    assertThat(figures.rolloutIdle()).isNaN();
  }

  @Test
  void what_a_device_allows_follows_from_its_times() {
    var cpu = new AsyncBench.Device(0.005, 0.32, 10);
    var same = cpu.of("simulated", 3);
    assertThat(same.settings())
        .containsEntry("millrace.rollout.least-step", "15ms")
        .containsEntry("millrace.learner.least-update", "960ms");
    assertThat(same.limit(0)).isEqualTo(1);
    assertThat(same.limit(1)).isCloseTo(1.5, within(1e-9));
    var balanced = cpu.of("balanced", 3);
    assertThat(balanced.update()).isCloseTo(0.96, within(1e-9));
    assertThat(balanced.step()).isCloseTo(0.096, within(1e-9));
    assertThat(balanced.limit(1)).isCloseTo(2, within(1e-9));
    assertThat(balanced.limit(2)).isCloseTo(3, within(1e-9));
    assertThat(balanced.limit(8)).isCloseTo(4.2, within(1e-9)); // (32 + 10) / 10 tokens
    assertThat(new AsyncBench.Device(0.02, 0.1, 10).limit(8)).isCloseTo(3.7, within(1e-9));
  }

  @Test
  void a_sum_is_worked_digit_by_digit_in_ten_times_the_length() {
    assertThat(WorkedSums.worked(678, 945)).isEqualTo("8+5+0=13;7+4+1=12;6+9+1=16;1623");
    assertThat(WorkedSums.worked(100, 200)).isEqualTo("0+0+0=00;0+0+0=00;1+2+0=03;300");

    List<Prompt> prompts = WorkedSums.prompts(300, 100, 0.25);
    assertThat(prompts).hasSize(400).extracting(Prompt::getId).doesNotHaveDuplicates();
    assertThat(prompts).filteredOn(Prompt::getHeldOut).hasSize(100);
    assertThat(prompts)
        .extracting(prompt -> prompt.getAnswer().length() + 1)
        .allMatch(length -> length <= 4 || length >= WorkedSums.LONGEST - 1)
        .anyMatch(length -> length <= WorkedSums.LONGEST / 10)
        .contains(WorkedSums.LONGEST);
    assertThat(prompts)
        .filteredOn(prompt -> prompt.getTags().contains("long"))
        .hasSizeBetween(70, 130);
    assertThat(WorkedSums.prompts(300, 100, 0.25))
        .extracting(Prompt::getAnswer)
        .isEqualTo(prompts.stream().map(Prompt::getAnswer).toList());
  }

  @Test
  void words_that_are_wrong_are_named() {
    assertThat(AsyncBench.Plan.of(List.of("staleness=0, 4", "target=0.5")).staleness())
        .containsExactly(0, 4);
    assertThatThrownBy(() -> AsyncBench.Plan.of(List.of("speed=3")))
        .hasMessageStartingWith("'speed=3' is not understood: give key=value, the keys");
    assertThatThrownBy(() -> AsyncBench.Plan.of(List.of("phases=simulated")))
        .hasMessageContaining("must begin with real");
    assertThatThrownBy(() -> AsyncBench.Plan.of(List.of("staleness=one")))
        .hasMessage("staleness must be a whole number from 0 on, not 'one'");
    assertThatThrownBy(() -> AsyncBench.Plan.of(List.of("seeds=")))
        .hasMessageContaining("need one value or more");
  }
}
