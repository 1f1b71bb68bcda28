package dev.millrace.learner.machine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TaskOutcome;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.learner.run.RunSettings;
import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MachinePropertiesTest {

  private static RunSettings settings(int staleness, int prompts, String algorithm, String more) {
    try {
      return RunSettings.parse(
          new YAMLMapper()
              .readTree(
                  """
                  run: sim
                  policy: sim
                  start: {directory: nowhere}
                  groupSize: 2
                  steps: 20
                  taskDeadlineSeconds: 600
                  maxStaleness: %d
                  promptsPerStep: %d
                  algorithm: {name: %s}
                  %s
                  """
                      .formatted(staleness, prompts, algorithm, more)));
    } catch (IOException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Simulation simulate(long seed, String algorithm, boolean warm, String curriculum) {
    var random = new SplittableRandom(seed);
    var chances =
        new Simulation.Chances(
            random.nextDouble() * 0.05,
            random.nextDouble() * 0.1,
            random.nextDouble() * 0.3,
            random.nextDouble() * 0.6,
            0.02,
            0.01);
    var simulation =
        new Simulation(
            settings(
                random.nextInt(5),
                1 + random.nextInt(6),
                algorithm,
                (warm ? "warmStart: {entries: 6, until: 0.5}\n" : "")
                    + "evaluation: {every: 4, passAtK: 2, glance: %d}\n".formatted(seed % 3)
                    + curriculum),
            chances,
            seed);
    simulation.run();
    return simulation;
  }

  @ParameterizedTest
  @ValueSource(strings = {"grpo", "dapo"})
  void bound_order_and_accounts_hold_whatever_arrives_when(String algorithm) {
    var worst = new TreeSet<Long>();
    for (long seed = 0; seed < 40; seed++) {
      worst.add(simulate(seed, algorithm, seed % 2 == 0, "").worstStaleness());
    }
    // The bound is reached, so it is the bound that was tested.
    assertThat(worst).contains(0L, 1L, 2L, 3L, 4L);
  }

  /** What a resume would issue after every entry is checked in the simulation. */
  @ParameterizedTest
  @ValueSource(strings = {"grpo", "dapo"})
  void prompts_follow_from_the_ledger_whenever_a_learner_resumes(String algorithm) {
    long rested = 0;
    for (long seed = 0; seed < 10; seed++) {
      var prompts =
          simulate(
                  seed,
                  algorithm,
                  false,
                  "curriculum: {weights: {rare: 0.3, often: 2}, skip: {solved: true, hopeless:"
                      + " true, revisit: 5}}")
              .prompts();
      assertThat(prompts.taken()).doesNotContainKey("held");
      rested += prompts.rested();
    }
    assertThat(rested).isGreaterThan(50);
  }

  @ParameterizedTest
  @ValueSource(strings = {"grpo", "dapo"})
  void arriving_prompts_are_taken_once_each_and_waited_for(String algorithm) {
    long issues = 0;
    for (long seed = 0; seed < 10; seed++) {
      var simulation = simulate(seed, algorithm, seed % 2 == 0, "curriculum: {order: arrival}");
      assertThat(simulation.prompts().taken().values()).containsOnly(1);
      issues += simulation.ledger().stream().filter(Metrics::isIssue).count();
    }
    assertThat(issues).isGreaterThan(10);
  }

  @Test
  void task_ids_are_parsed_back_and_ordered_by_number() {
    var id = new TaskId("a.b-c", 12, 3);
    assertThat(id).hasToString("a.b-c/00000012/0003");
    assertThat(TaskId.parse(id.toString())).isEqualTo(id);
    assertThat(new TaskId("r", 9, 99_999)).isLessThan(new TaskId("r", 10, 0));
    assertThat(new TaskId("r", 9, 10_000)).isGreaterThan(new TaskId("r", 9, 9_999));
  }

  @Test
  void slow_worker_does_not_lose_its_tasks_and_fast_ones_do_not_run_away() {
    // The group of the first task comes last of all: it is waited for, not dropped.
    var rule = new BatchRule(2, 2);
    List<OpenTask> open =
        List.of(
            task(0, 0, 1),
            task(0, 1, 1),
            task(1, 0, 2),
            task(1, 1, 2),
            task(2, 0, 3),
            task(2, 1, 3));
    List<OpenTask> withoutFirst = open.subList(1, 6);
    assertThat(rule.choose(open, withoutFirst, 3)).isEmpty();
    assertThat(rule.choose(open, withoutFirst, 2)).hasValue(open.subList(1, 3));
    assertThat(rule.choose(open, open, 3)).hasValue(open.subList(0, 2));
  }

  private static OpenTask task(long step, int index, long version) {
    return new OpenTask(new TaskId("r", step, index), TaskKind.TRAIN, version, Long.MAX_VALUE);
  }

  @Test
  void dynamic_sampling_refills_a_batch_until_every_group_of_it_teaches() {
    var chances = new Simulation.Chances(0.02, 0.05, 0.2, 0.5, 0.02, 0.01);
    for (long seed = 0; seed < 10; seed++) {
      var simulation = new Simulation(settings((int) seed % 3, 4, "dapo", ""), chances, seed);
      simulation.run();

      List<TrainingStep> updates =
          simulation.ledger().stream()
              .filter(entry -> entry.getKind() == StepKind.UPDATE && !Metrics.isRefill(entry))
              .toList();
      assertThat(updates).isNotEmpty();
      assertThat(updates)
          .allSatisfy(
              entry ->
                  assertThat(entry.getGroups())
                      .filteredOn(group -> group.getOutcome() == TaskOutcome.TRAINED)
                      .hasSize(4));
      assertThat(simulation.ledger()).anyMatch(Metrics::isRefill);
    }
  }

  @Test
  void synchronous_run_trains_each_batch_on_its_own_tasks() {
    var simulation =
        new Simulation(
            settings(0, 3, "grpo", "evaluation: {every: 4}"),
            new Simulation.Chances(0, 0, 0.2, 0, 0.02, 0),
            5);
    simulation.run();
    assertThat(simulation.worstStaleness()).isZero();
    List<TrainingStep> updates =
        simulation.ledger().stream().filter(e -> e.getKind() == StepKind.UPDATE).toList();
    assertThat(updates)
        .allSatisfy(
            entry ->
                assertThat(entry.getGroups())
                    .extracting(g -> TaskId.parse(g.getTaskId()).step())
                    .containsOnly(TaskId.parse(entry.getGroups().getFirst().getTaskId()).step()));
    assertThat(simulation.resolved().values()).contains(TaskOutcome.TRAINED);
  }
}
