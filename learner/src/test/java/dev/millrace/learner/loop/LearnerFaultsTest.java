package dev.millrace.learner.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.contracts.avro.Purpose;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.devstack.ServerKind;
import dev.millrace.learner.LearnerStage;
import dev.millrace.learner.engine.RunListener;
import dev.millrace.learner.engine.StepReplay;
import dev.millrace.learner.machine.RunState;
import dev.millrace.learner.replay.Replay;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class LearnerFaultsTest {

  @TempDir Path folder;
  @TempDir Path empty;
  private Installation loop;

  @BeforeEach
  void open(Servers servers) {
    loop = new Installation(servers, folder);
    loop.pushPrompts(40);
  }

  @AfterEach
  void close() throws Exception {
    loop.close();
  }

  private Replay replay(Path snapshots) {
    return new Replay(loop.context, loop.learnerSettings(snapshots), TorchRuntime.cpu());
  }

  /** Ends a learner on the spot, as if its process had died: nothing is finished or undone. */
  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** Answers wrongly until the third version, so that the warm start takes two rounds. */
  private static final FakeWorker.Habits WORKER =
      new FakeWorker.Habits() {
        @Override
        public List<ScoredGroup> answer(RolloutTask task) {
          return task.getPurpose() == Purpose.EVAL
              ? List.of(FakeWorker.uniform(task, task.getVersion() >= 3 ? 1 : 0))
              : List.of(FakeWorker.group(task));
        }
      };

  private static RunSettings run(String name) {
    return Runs.tiny(
        name,
        """
        warmStart: {updatesPerEntry: 2, until: 0.5, sft: {batch: 8}}
        evaluation: {every: 4, prompts: 3}
        """);
  }

  @Test
  void learner_killed_around_every_entry_comes_to_the_weights_of_an_undisturbed_run() {
    loop.worker(WORKER);

    for (int step = 0; step < 10; step++) {
      kill(step, step % 2 == 0);
    }
    loop.finish(run("killed"), new RunListener() {});

    List<TrainingStep> ledger = loop.ledger("killed");
    assertThat(ledger).extracting(TrainingStep::getKind).contains(StepKind.SFT, StepKind.UPDATE);
    assertThat(ledger.getLast().getKind()).isEqualTo(StepKind.END);
    Accounts.of(ledger).assertClosed();
    assertThat(ledger).extracting(TrainingStep::getLineage).containsOnly(0);

    StepReplay again = replay(folder).all("killed");
    assertThat(again.same()).as(again.toString()).isTrue();
    assertThat(again.rebuiltFrom()).isZero();
    StepReplay withoutSnapshots = replay(empty).all("killed");
    assertThat(withoutSnapshots.computed()).isEqualTo(ledger.getLast().getWeightsSha256());
    StepReplay one = replay(folder).step("killed", ledger.size() - 3L);
    assertThat(one.same()).as(one.toString()).isTrue();
    assertThat(one.rebuiltFrom()).isPositive();
  }

  private void kill(int step, boolean beforeCommit) {
    var dead = new CountDownLatch(1);
    var stage =
        loop.learner(
            run("killed"),
            new RunListener() {
              @Override
              public void commits(TrainingStep entry) {
                if (beforeCommit && entry.getStep() == step) {
                  dead.countDown();
                  throw new Killed();
                }
              }

              @Override
              public void made(TrainingStep entry, RunState after) {
                if (!beforeCommit && entry.getStep() == step) {
                  dead.countDown();
                  throw new Killed();
                }
              }
            });
    await().atMost(Installation.PATIENCE).until(() -> dead.getCount() == 0);
    stage.close();
  }

  @Test
  void learner_that_was_replaced_cannot_publish() {
    var hold = new CountDownLatch(1);
    loop.worker(
        new FakeWorker.Habits() {
          @Override
          public List<ScoredGroup> answer(RolloutTask task) {
            if (task.getStep() > 1) {
              await().atMost(Installation.PATIENCE).until(() -> hold.getCount() == 0);
            }
            return List.of(FakeWorker.group(task));
          }
        });
    RunSettings run = Runs.tiny("zombie", "maxStaleness: 0");
    LearnerStage older = loop.learner(run);
    await().atMost(Installation.PATIENCE).until(() -> loop.ledger("zombie").size() == 3);

    LearnerStage newer = loop.learner(run);
    await().atMost(Installation.PATIENCE).until(() -> newer.health().isReady());
    hold.countDown();
    await().atMost(Installation.PATIENCE).until(() -> newer.health().describe().contains("ended"));
    await()
        .atMost(Installation.PATIENCE)
        .until(() -> older.health().describe().startsWith("failed"));

    assertThat(older.health().describe()).contains("run zombie was taken over by the learner");
    List<TrainingStep> ledger = loop.ledger("zombie");
    assertThat(ledger).hasSize(8);
    Accounts.of(ledger).assertClosed();
    assertThat(replay(folder).all("zombie").same()).isTrue();
  }
}
