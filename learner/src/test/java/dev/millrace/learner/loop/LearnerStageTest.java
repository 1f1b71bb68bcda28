package dev.millrace.learner.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.avro.Purpose;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.devstack.ServerKind;
import dev.millrace.learner.engine.RunListener;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.nio.file.Path;
import java.util.List;
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
            evaluation: {every: 3, prompts: 5, passAtK: 2}
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
    assertThat(ledger.get(4).getMetrics()).containsEntry("eval.greedy", 1.0);
    assertThat(ledger.get(8).getMetrics())
        .containsEntry("eval.pass@2", 1.0)
        .containsEntry("eval.tag.sums", 1.0)
        .containsEntry("eval.prompts", 5.0);
    assertThat(ledger.get(7).getMetrics()).containsKeys("reward.mean", "staleness.max", "loss");
    Accounts.of(ledger).assertClosed();
    assertThat(ledger)
        .allSatisfy(
            e ->
                assertThat(e.getMetrics().getOrDefault("staleness.max", 0.0))
                    .isLessThanOrEqualTo(1.0));
  }
}
