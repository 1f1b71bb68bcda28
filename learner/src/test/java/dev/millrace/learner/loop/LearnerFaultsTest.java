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
import dev.millrace.learner.curriculum.Position;
import dev.millrace.learner.curriculum.Position.Issued;
import dev.millrace.learner.engine.RunListener;
import dev.millrace.learner.engine.StepReplay;
import dev.millrace.learner.machine.RunState;
import dev.millrace.learner.replay.Replay;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
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

  /** A learner that is closed as soon as it has made an entry. */
  private void runUntil(RunSettings run, long step) {
    var there = new CountDownLatch(1);
    var stage =
        loop.learner(
            run,
            new RunListener() {
              @Override
              public void made(TrainingStep entry, RunState after) {
                if (entry.getStep() == step) {
                  there.countDown();
                  throw new Killed();
                }
              }
            });
    await().atMost(Installation.PATIENCE).until(() -> there.getCount() == 0);
    stage.close();
  }

  @Test
  void transaction_that_the_broker_has_ended_is_made_again() {
    loop.worker(new FakeWorker.Habits() {});
    RunSettings run = Runs.tiny("ended-by-broker", "steps: 4");
    var ended = new AtomicInteger();
    loop.finish(
        run,
        new RunListener() {
          @Override
          public void commits(TrainingStep entry) {
            // What the broker does to a transaction that is not committed in time.
            if (entry.getStep() % 2 == 1) {
              loop.endTransactionsOf("learner-ended-by-broker");
              ended.incrementAndGet();
            }
          }
        });
    List<TrainingStep> ledger = loop.ledger("ended-by-broker");
    assertThat(ended).hasValueGreaterThan(1);
    assertThat(ledger).hasSize(6);
    Accounts.of(ledger).assertClosed();
    assertThat(replay(folder).all("ended-by-broker").same()).isTrue();
  }

  @Test
  void torn_snapshot_is_passed_over_for_an_older_one() throws IOException {
    loop.worker(new FakeWorker.Habits() {});
    RunSettings run = Runs.tiny("torn", "snapshotEvery: 2");
    runUntil(run, 5);
    Path newest = folder.resolve("torn/00000004/model.safetensors");
    byte[] bytes = Files.readAllBytes(newest);
    bytes[bytes.length - 3] ^= 1;
    Files.write(newest, bytes);
    Files.createDirectories(folder.resolve("torn/00000006.partial"));

    StepReplay replayed = replay(folder).step("torn", 5);
    assertThat(replayed.same()).as(replayed.toString()).isTrue();
    assertThat(replayed.rebuiltFrom()).isEqualTo(2);
    loop.finish(run, new RunListener() {});
    assertThat(loop.ledger("torn")).extracting(TrainingStep::getLineage).containsOnly(0);
    assertThat(replay(folder).all("torn").same()).isTrue();
  }

  @Test
  void snapshot_folder_of_another_run_is_refused() throws IOException {
    loop.worker(new FakeWorker.Habits() {});
    RunSettings run = Runs.tiny("mine", "");
    runUntil(run, 1);
    Path info = folder.resolve("mine/00000000/snapshot.json");
    Files.writeString(info, Files.readString(info).replace("\"mine\"", "\"yours\""));
    var stage = loop.learner(run);
    await()
        .atMost(Installation.PATIENCE)
        .until(() -> stage.health().describe().startsWith("failed"));
    assertThat(stage.health().describe())
        .contains("holds a snapshot of run 'yours', not of 'mine'", "millrace.learner.snapshots");
  }

  @Test
  void run_that_cannot_be_repeated_goes_on_from_published_weights_as_a_new_lineage() {
    loop.worker(new FakeWorker.Habits() {});
    RunSettings run = Runs.tiny("elsewhere", "");
    runUntil(run, 2);
    // An update that this machine cannot reproduce, as one of another machine would be.
    TrainingStep last = loop.ledger("elsewhere").getLast();
    TrainingStep foreign =
        TrainingStep.newBuilder(last)
            .setStep(3)
            .setGroups(List.of())
            .setIssued(List.of())
            .setCurriculum(Position.parse(last.getCurriculum()).issuing(Issued.NOTHING).json())
            .setVersionBefore(last.getVersionAfter())
            .setVersionAfter(last.getVersionAfter() + 1)
            .setSnapshot(null)
            .build();
    String published = loop.publish(run, foreign, 99);
    foreign.setWeightsSha256(published);
    loop.append(foreign);

    runUntil(run, 5);
    loop.finish(run, new RunListener() {});
    List<TrainingStep> ledger = loop.ledger("elsewhere");
    assertThat(ledger).extracting(TrainingStep::getLineage).containsExactly(0, 0, 0, 0, 1, 1, 1, 1);
    Accounts.of(ledger).assertClosed();
    StepReplay whole = replay(folder).all("elsewhere");
    assertThat(whole.same()).as(whole.toString()).isTrue();
    assertThat(whole.rebuiltFrom()).isEqualTo(3);
    StepReplay odd = replay(folder).step("elsewhere", 3);
    assertThat(odd.same()).isFalse();
    assertThat(odd.firstDifference()).hasValue(3L);
    assertThat(replay(folder).step("elsewhere", 2).same()).isTrue();
  }

  @Test
  void restart_of_the_broker_is_survived(Servers servers) throws Exception {
    var kafka = servers.own(ServerKind.KAFKA);
    loop.worker(new FakeWorker.Habits() {});
    RunSettings run = Runs.tiny("restarted", "steps: 16");
    var some = new CountDownLatch(4);
    var stage =
        loop.learner(
            run,
            new RunListener() {
              @Override
              public void made(TrainingStep entry, RunState after) {
                some.countDown();
              }
            });
    assertThat(some.await(60, TimeUnit.SECONDS)).isTrue();
    kafka.kill();
    kafka.start(Duration.ofSeconds(60));
    await()
        .atMost(Duration.ofSeconds(120))
        .until(() -> stage.health().describe().contains("has ended"));
    List<TrainingStep> ledger = loop.ledger("restarted");
    assertThat(ledger).hasSize(18);
    Accounts.of(ledger).assertClosed();
    assertThat(ledger).extracting(TrainingStep::getLineage).containsOnly(0);
    assertThat(replay(folder).all("restarted").same()).isTrue();
  }
}
