package dev.millrace.learner.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.contracts.avro.Purpose;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TaskOutcome;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.devstack.ServerKind;
import dev.millrace.learner.LearnerStage;
import dev.millrace.learner.engine.RunListener;
import dev.millrace.learner.machine.TaskId;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.policy.PolicyVersions;
import dev.millrace.runtime.StageHealth;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.commons.statistics.inference.KolmogorovSmirnovTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class LearnerStageTest {

  @TempDir Path folder;
  private Installation loop;

  @BeforeEach
  void open(Servers servers) {
    loop = new Installation(servers, folder);
  }

  @AfterEach
  void close() throws Exception {
    loop.close();
  }

  private void finish(RunSettings run) {
    loop.finish(run, new RunListener() {});
  }

  @Test
  void run_goes_through_warm_start_evaluation_and_updates_to_its_end() {
    loop.pushPrompts(60);
    // Held-out answers are right from the third version on.
    loop.worker(
        new FakeWorker.Habits() {
          @Override
          public List<ScoredGroup> answer(RolloutTask task) {
            return task.getPurpose() == Purpose.EVAL
                ? List.of(FakeWorker.uniform(task, task.getVersion() >= 3 ? 1 : 0))
                : List.of(FakeWorker.group(task));
          }
        });
    RunSettings run =
        Runs.tiny(
            "whole",
            """
            warmStart: {updatesPerEntry: 2, until: 0.5, sft: {batch: 8}}
            evaluation: {every: 3, prompts: 5, glance: 2, passAtK: 2}
            """);
    finish(run);

    List<TrainingStep> ledger = loop.ledger("whole");
    assertThat(ledger)
        .extracting(TrainingStep::getKind)
        .containsExactly(
            StepKind.START,
            StepKind.SFT,
            StepKind.EVAL,
            StepKind.SFT,
            StepKind.EVAL,
            StepKind.EVAL,
            StepKind.UPDATE,
            StepKind.UPDATE,
            StepKind.UPDATE,
            StepKind.EVAL,
            StepKind.UPDATE,
            StepKind.UPDATE,
            StepKind.UPDATE,
            StepKind.EVAL,
            StepKind.END);
    assertThat(ledger.getLast().getDetail()).isEqualTo("all 6 steps are done");
    assertThat(ledger.get(4).getMetrics())
        .containsEntry("eval.greedy", 1.0)
        .containsEntry("eval.prompts", 2.0);
    assertThat(ledger.get(5).getMetrics())
        .as("a glance that would end the warm start is confirmed by all")
        .containsEntry("eval.greedy", 1.0)
        .containsEntry("eval.prompts", 5.0);
    assertThat(ledger.get(9).getMetrics()).as("a glance").containsEntry("eval.prompts", 2.0);
    assertThat(ledger.get(13).getMetrics())
        .containsEntry("eval.pass@2", 1.0)
        .containsEntry("eval.tag.sums", 1.0)
        .containsEntry("eval.prompts", 5.0);
    assertThat(ledger.get(8).getMetrics()).containsKeys("reward.mean", "staleness.max", "loss");
    Accounts.of(ledger).assertClosed();
    assertThat(ledger)
        .allSatisfy(
            e ->
                assertThat(e.getMetrics().getOrDefault("staleness.max", 0.0))
                    .isLessThanOrEqualTo(1.0));
  }

  @Test
  void synchronous_run_is_the_plain_loop_over_the_same_seeds() {
    loop.pushPrompts(30);
    loop.worker(new FakeWorker.Habits() {});
    RunSettings run = Runs.tiny("plain", "maxStaleness: 0");
    finish(run);

    List<TrainingStep> updates =
        loop.ledger("plain").stream().filter(e -> e.getKind() == StepKind.UPDATE).toList();
    assertThat(updates).hasSize(6);
    var plain = PlainLoop.run(run, loop.context);
    for (int i = 0; i < updates.size(); i++) {
      assertThat(updates.get(i).getWeightsSha256()).isEqualTo(plain.get(i).sha256());
      assertThat(updates.get(i).getMetrics())
          .containsEntry("loss", plain.get(i).report().get("loss"))
          .containsEntry("grad_norm", plain.get(i).report().get("grad_norm"));
    }
  }

  @Test
  void lost_late_double_and_failed_groups_are_accounted_for() {
    loop.pushPrompts(30);
    var late = new ArrayList<RolloutTask>();
    var pushed = new AtomicBoolean();
    loop.worker(
        new FakeWorker.Habits() {
          @Override
          public List<ScoredGroup> answer(RolloutTask task) {
            if (task.getStep() == 0 && !pushed.getAndSet(true)) {
              loop.pushScored("not a group".getBytes(StandardCharsets.UTF_8));
            }
            int index = TaskId.parse(task.getTaskId()).index();
            List<ScoredGroup> groups = new ArrayList<>();
            if (task.getStep() >= 2) {
              late.forEach(one -> groups.add(FakeWorker.group(one)));
              late.clear();
            }
            if (task.getStep() == 0 && index == 0) {
              late.add(task);
            } else if (task.getStep() == 0 && index == 1) {
              groups.add(FakeWorker.failed(task, "prompt-too-long"));
            } else if (task.getStep() == 0 && index == 2) {
              groups.add(FakeWorker.group(task, task.getVersion() - 1));
            } else {
              groups.add(FakeWorker.group(task));
              groups.add(FakeWorker.group(task));
            }
            return groups;
          }
        });
    finish(Runs.tiny("messy", "taskDeadlineSeconds: 2\nsteps: 5"));

    var accounts = Accounts.of(loop.ledger("messy"));
    accounts.assertClosed();
    var first = accounts.resolved().get("messy/00000000/0000");
    assertThat(first.getOutcome()).isEqualTo(TaskOutcome.EXPIRED);
    assertThat(first.getReason()).isEqualTo("deadline");
    assertThat(accounts.resolved().get("messy/00000000/0001").getReason())
        .isEqualTo("prompt-too-long");
    assertThat(accounts.resolved().get("messy/00000000/0002").getReason())
        .isEqualTo("outdated-version");
    assertThat(accounts.count(TaskOutcome.TRAINED) + accounts.count(TaskOutcome.FILTERED))
        .isEqualTo(20);
    TrainingStep last = loop.ledger("messy").getLast();
    assertThat(last.getMetrics().get("groups.ignored")).isGreaterThan(10);
    assertThat(
            loop.meters
                .get("millrace_dead_letters")
                .tag("stage", "learner")
                .tag("reason", "not-wire-format")
                .counter()
                .count())
        .isEqualTo(1);
    assertThat(loop.meters.get("millrace_tasks_resolved").tag("reason", "deadline").counter())
        .satisfies(counter -> assertThat(counter.count()).isEqualTo(1));
  }

  @Test
  void dynamic_sampling_refills_batches_until_they_are_full_of_groups_that_teach() {
    loop.pushPrompts(30);
    loop.worker(
        new FakeWorker.Habits() {
          @Override
          public List<ScoredGroup> answer(RolloutTask task) {
            boolean dull = task.getSampling().getSeed() % 3 != 0;
            return List.of(dull ? FakeWorker.uniform(task, 1) : FakeWorker.group(task));
          }
        });
    finish(Runs.tiny("refilled", "algorithm: {name: dapo}\nsteps: 5"));

    List<TrainingStep> ledger = loop.ledger("refilled");
    assertThat(ledger)
        .filteredOn(
            e -> e.getKind() == StepKind.UPDATE && e.getVersionAfter() > e.getVersionBefore())
        .hasSize(5)
        .allSatisfy(e -> assertThat(e.getMetrics()).containsEntry("groups.trained", 4.0));
    assertThat(ledger).anyMatch(e -> e.getMetrics().containsKey("refill"));
    Accounts accounts = Accounts.of(ledger);
    accounts.assertClosed();
    assertThat(accounts.count(TaskOutcome.FILTERED)).isGreaterThan(20);
  }

  @Test
  void answers_that_come_late_for_their_length_are_learned_from_as_often_as_others() {
    loop.pushPrompts(60);
    var all = new ArrayList<RolloutTask>();
    var late = new ArrayList<ScoredGroup>();
    loop.worker(
        new FakeWorker.Habits() {
          @Override
          public List<ScoredGroup> answer(RolloutTask task) {
            all.add(task);
            ScoredGroup group = FakeWorker.group(task);
            if (tokens(task) < 9) {
              return List.of(group);
            }
            late.add(group);
            return List.of();
          }

          @Override
          public List<ScoredGroup> idle() {
            List<ScoredGroup> now = List.copyOf(late);
            late.clear();
            return now;
          }
        });
    finish(Runs.tiny("lengths", "maxStaleness: 2\nsteps: 50\nsnapshotEvery: 0"));

    var accounts = Accounts.of(loop.ledger("lengths"));
    double[] trained =
        all.stream()
            .filter(
                task ->
                    accounts.resolved().get(task.getTaskId()).getOutcome() == TaskOutcome.TRAINED)
            .mapToDouble(LearnerStageTest::tokens)
            .toArray();
    double[] generated = all.stream().mapToDouble(LearnerStageTest::tokens).toArray();
    assertThat(generated.length).isGreaterThanOrEqualTo(200);
    assertThat(trained.length).isGreaterThan(150);
    assertThat(KolmogorovSmirnovTest.withDefaults().test(trained, generated).getPValue())
        .isGreaterThan(0.05);
    // The late ones were waited for: some answers were as old as they may be.
    assertThat(loop.ledger("lengths"))
        .anyMatch(e -> e.getMetrics().getOrDefault("staleness.max", 0.0) == 2);
  }

  /** Of all samples of the answer to a task. */
  private static int tokens(RolloutTask task) {
    return FakeWorker.group(task).getGroup().getSamples().stream()
        .mapToInt(sample -> sample.getTokens().size())
        .sum();
  }

  @Test
  void update_that_is_not_finite_is_refused_and_three_in_a_row_end_the_run() {
    loop.pushPrompts(30);
    loop.worker(
        new FakeWorker.Habits() {
          @Override
          public List<ScoredGroup> answer(RolloutTask task) {
            ScoredGroup group = FakeWorker.group(task);
            group.getScores().getFirst().setTotal(1e200);
            return List.of(group);
          }
        });
    finish(Runs.tiny("endless", "algorithm: {name: dr-grpo}"));

    List<TrainingStep> ledger = loop.ledger("endless");
    assertThat(ledger)
        .extracting(TrainingStep::getKind)
        .containsExactly(
            StepKind.START, StepKind.REFUSED, StepKind.REFUSED, StepKind.REFUSED, StepKind.END);
    assertThat(ledger)
        .extracting(TrainingStep::getWeightsSha256)
        .containsOnly(ledger.getFirst().getWeightsSha256());
    assertThat(ledger.get(1).getGroups())
        .allSatisfy(g -> assertThat(g.getReason()).isEqualTo("non-finite"));
    assertThat(ledger.getLast().getDetail())
        .isEqualTo("3 updates in a row were refused as not finite");
    Accounts.of(ledger).assertClosed();
  }

  @Test
  void run_waits_for_prompts_and_says_for_how_many() {
    var stage = loop.learner(Runs.tiny("early", "prompts: {tags: [sums], atLeast: 10}"));
    await()
        .atMost(Installation.PATIENCE)
        .until(
            () ->
                stage
                    .health()
                    .describe()
                    .equals(
                        "idle: run early waits for prompts: it needs 10 to train on with the tags"
                            + " [sums] (now 0 prompts to train on, 0 held out)"));
    loop.pushPrompts(20);
    await().atMost(Installation.PATIENCE).until(() -> loop.ledger("early").size() == 1);
    assertThat(loop.ledger("early").getFirst().getDetail())
        .isEqualTo("18 prompts to train on, 2 held out");
    assertThat(loop.ledger("early").getFirst().getIssued()).hasSize(8);
  }

  @Test
  void run_that_has_begun_is_not_gone_on_with_under_other_settings() {
    loop.pushPrompts(20);
    var begun = loop.learner(Runs.tiny("fixed", ""));
    await().atMost(Installation.PATIENCE).until(() -> loop.ledger("fixed").size() == 1);
    begun.close();
    var changed = loop.learner(Runs.tiny("fixed", "groupSize: 6"));
    await()
        .atMost(Installation.PATIENCE)
        .until(() -> changed.health().describe().startsWith("failed"));
    assertThat(changed.health().describe())
        .contains(
            "run fixed has begun with other settings: groupSize is 6, the run began with 4; put"
                + " them back, or give the run another name");
  }

  @Test
  void stage_without_a_run_is_idle_and_ended_runs_stay_ended() {
    var idle = LearnerStage.of(loop.context, Map.of());
    idle.start();
    await()
        .atMost(Installation.PATIENCE)
        .until(
            () ->
                idle.health().equals(new StageHealth.Idle("millrace.learner.config names no run")));
    assertThat(idle.drain(Duration.ofSeconds(5))).isTrue();
    idle.close();

    loop.pushPrompts(20);
    loop.worker(new FakeWorker.Habits() {});
    RunSettings run = Runs.tiny("over", "steps: 1");
    finish(run);
    int entries = loop.ledger("over").size();
    finish(run);
    assertThat(loop.ledger("over")).hasSize(entries);
  }

  @Test
  void old_versions_and_snapshots_go_while_the_run_goes_on() throws IOException {
    loop.pushPrompts(20);
    loop.worker(new FakeWorker.Habits() {});
    finish(Runs.tiny("tidy", "steps: 20\nsnapshotEvery: 4\npublish: {keep: 2}"));

    List<PolicyVersion> versions = new PolicyVersions(loop.context).of("tidy");
    long newest = loop.ledger("tidy").getLast().getVersionAfter();
    assertThat(versions.getLast().getVersion()).isEqualTo(newest);
    assertThat(versions.getFirst().getVersion()).isGreaterThan(1);
    try (var snapshots = Files.list(folder.resolve("tidy"))) {
      assertThat(snapshots.map(path -> path.getFileName().toString()).sorted())
          .hasSize(4)
          .startsWith("00000000")
          .endsWith("00000020");
    }
  }
}
