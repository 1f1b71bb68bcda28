package dev.millrace.learner.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.contracts.avro.Purpose;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.contracts.avro.WeightsKind;
import dev.millrace.devstack.ServerKind;
import dev.millrace.learner.curriculum.Position;
import dev.millrace.learner.curriculum.Position.Issued;
import dev.millrace.learner.engine.RunListener;
import dev.millrace.learner.engine.StepReplay;
import dev.millrace.learner.machine.RunState;
import dev.millrace.learner.replay.Replay;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.models.train.Lora;
import dev.millrace.policy.LoadedAdapter;
import dev.millrace.policy.LoadedPolicy;
import dev.millrace.policy.PolicyDraft;
import dev.millrace.policy.PolicyLoader;
import dev.millrace.policy.PolicyVersions;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that train an adapter, through the whole log. */
@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class AdapterRunTest {

  private static final String LORA =
      "lora: {rank: 2, alpha: 4, targets: [q_proj, v_proj, down_proj]%s}\n";

  @TempDir Path folder;
  @TempDir Path empty;
  private Installation loop;

  @BeforeEach
  void open(Servers servers) {
    loop = new Installation(servers, folder);
    loop.pushPrompts(40);
    loop.worker(
        new FakeWorker.Habits() {
          @Override
          public List<ScoredGroup> answer(RolloutTask task) {
            return task.getPurpose() == Purpose.EVAL
                ? List.of(FakeWorker.uniform(task, task.getVersion() >= 2 ? 1 : 0))
                : List.of(FakeWorker.group(task));
          }
        });
  }

  @AfterEach
  void close() throws Exception {
    loop.close();
  }

  private static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  /** With a warm start, and a divergence from the weights below. */
  private static RunSettings run(String name, String dropout) {
    return Runs.tiny(
        name,
        LORA.formatted(dropout)
            + """
            warmStart: {updatesPerEntry: 2, until: 0.5, sft: {batch: 8}}
            algorithm: {name: grpo, kl: {place: loss, beta: 0.1}, optimizer: {learningRate: 0.01}}
            publish: {keep: 3}
            snapshotEvery: 3
            """);
  }

  private Replay replay(Path snapshots) {
    return new Replay(loop.context, loop.learnerSettings(snapshots), TorchRuntime.cpu());
  }

  private void killAt(RunSettings run, int step, boolean beforeCommit) {
    var dead = new CountDownLatch(1);
    var stage =
        loop.learner(
            run,
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
  void only_the_adapter_is_trained_and_published_and_a_killed_learner_goes_on_bit_by_bit()
      throws IOException {
    RunSettings run = run("adapted", ", dropout: 0.2");
    for (int step = 0; step < 7; step++) {
      killAt(run, step, step % 2 == 0);
    }
    loop.finish(run, new RunListener() {});

    List<TrainingStep> ledger = loop.ledger("adapted");
    assertThat(ledger).extracting(TrainingStep::getKind).contains(StepKind.SFT, StepKind.UPDATE);
    assertThat(ledger.getLast().getKind()).isEqualTo(StepKind.END);
    assertThat(ledger).extracting(TrainingStep::getLineage).containsOnly(0);
    assertThat(ledger)
        .filteredOn(entry -> entry.getVersionAfter() > entry.getVersionBefore())
        .extracting(TrainingStep::getWeightsSha256)
        .hasSizeGreaterThan(5)
        .doesNotHaveDuplicates();
    assertThat(ledger.get(3).getMetrics().get("kl_reference")).isPositive();
    Accounts.of(ledger).assertClosed();

    List<PolicyVersion> versions = new PolicyVersions(loop.context).of("adapted");
    PolicyVersion base = versions.getFirst();
    assertThat(base.getVersion()).as("the base stays").isEqualTo(1);
    assertThat(base.getKind()).isEqualTo(WeightsKind.FULL);
    for (PolicyVersion version : versions.subList(1, versions.size())) {
      assertThat(version.getKind()).isEqualTo(WeightsKind.ADAPTER);
      assertThat(version.getBaseVersion()).isEqualTo(1);
      assertThat(version.getBaseSha256()).isEqualTo(base.getSha256());
      assertThat(version.getBytes()).isLessThan(base.getBytes());
    }
    try (var loader = new PolicyLoader(loop.context, TorchRuntime.cpu());
        LoadedAdapter newest = loader.loadAdapter(versions.getLast(), Installation.PATIENCE)) {
      assertThat(newest.weights().sha256()).isEqualTo(base.getSha256());
    }

    StepReplay again = replay(folder).all("adapted");
    assertThat(again.same()).as(again.toString()).isTrue();
    assertThat(again.rebuiltFrom()).isZero();
    StepReplay withoutSnapshots = replay(empty).all("adapted");
    assertThat(withoutSnapshots.computed()).isEqualTo(ledger.getLast().getWeightsSha256());
    StepReplay one = replay(folder).step("adapted", ledger.size() - 2L);
    assertThat(one.same()).as(one.toString()).isTrue();
    assertThat(one.rebuiltFrom()).isPositive();

    Path first = folder.resolve("adapted/00000000/model.safetensors");
    Path last = folder.resolve("adapted/%08d/model.safetensors".formatted(6));
    assertThat(Files.getAttribute(last, "unix:ino"))
        .as("snapshots share what does not change")
        .isEqualTo(Files.getAttribute(first, "unix:ino"));
  }

  @Test
  void a_run_that_cannot_be_repeated_goes_on_from_the_published_adapter() throws Exception {
    RunSettings run = Runs.tiny("odd", LORA.formatted(""));
    killAt(run, 2, false);
    // An update that this machine cannot reproduce, as one of another machine would be.
    TrainingStep last = loop.ledger("odd").getLast();
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
    PolicyVersion base = new PolicyVersions(loop.context).find("odd", 1).orElseThrow();
    String adapter = publishAdapter(run, base, foreign);
    foreign.setWeightsSha256(sha256(base.getSha256() + "\n" + adapter + "\n"));
    loop.append(foreign);

    loop.finish(run, new RunListener() {});
    List<TrainingStep> ledger = loop.ledger("odd");
    assertThat(ledger).extracting(TrainingStep::getLineage).containsExactly(0, 0, 0, 0, 1, 1, 1, 1);
    Accounts.of(ledger).assertClosed();
    StepReplay whole = replay(folder).all("odd");
    assertThat(whole.same()).as(whole.toString()).isTrue();
    assertThat(whole.rebuiltFrom()).isEqualTo(3);
    PolicyVersion after = new PolicyVersions(loop.context).newest("odd").orElseThrow();
    assertThat(after.getKind()).isEqualTo(WeightsKind.ADAPTER);
    assertThat(after.getSha256()).isNotEqualTo(adapter);
  }

  private static String sha256(String text) throws NoSuchAlgorithmException {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  /** Publishes another adapter as the version after an entry; returns its hash. */
  private String publishAdapter(RunSettings run, PolicyVersion base, TrainingStep entry) {
    try (var loader = new PolicyLoader(loop.context, TorchRuntime.cpu());
        LoadedPolicy loaded = loader.load(base, Installation.PATIENCE);
        Lora lora = Lora.create(loaded.weights(), run.lora().model(), 99)) {
      lora.tensors().values().forEach(tensor -> tensor.addi(0.01f));
      loop.publish(
          PolicyDraft.adapter(
              run.policy(),
              entry.getVersionAfter(),
              run.run(),
              entry.getStep(),
              new PolicyDraft.AdapterOf(1, base.getSha256(), lora.settings()),
              lora.views(),
              loaded.files()));
      return lora.sha256();
    }
  }

  @Test
  void a_run_may_begin_from_what_an_adapter_made_of_its_base() {
    loop.finish(Runs.tiny("before", LORA.formatted("") + "steps: 2"), new RunListener() {});
    PolicyVersion adapter = new PolicyVersions(loop.context).newest("before").orElseThrow();

    loop.finish(
        Runs.tiny("after", "start: {published: {policy: before}}\nsteps: 1"), new RunListener() {});

    PolicyVersion first = new PolicyVersions(loop.context).of("after").getFirst();
    try (var loader = new PolicyLoader(loop.context, TorchRuntime.cpu());
        LoadedPolicy merged = loader.load(adapter, Installation.PATIENCE)) {
      assertThat(first.getKind()).isEqualTo(WeightsKind.FULL);
      assertThat(first.getSha256()).isEqualTo(merged.weights().sha256());
    }
    assertThat(replay(folder).all("after").same()).isTrue();
  }

  @Test
  void versions_may_travel_as_differences_and_nothing_else_changes() {
    loop.finish(Runs.tiny("whole", "maxStaleness: 0"), new RunListener() {});
    loop.finish(
        Runs.tiny("deltas", "maxStaleness: 0\npublish: {dtype: bfloat16, keep: 20, delta: 3}"),
        new RunListener() {});

    assertThat(loop.ledger("deltas"))
        .extracting(TrainingStep::getWeightsSha256)
        .isEqualTo(loop.ledger("whole").stream().map(TrainingStep::getWeightsSha256).toList());
    List<PolicyVersion> versions = new PolicyVersions(loop.context).of("deltas");
    assertThat(versions)
        .extracting(PolicyVersion::getKind)
        .containsExactly(
            WeightsKind.FULL,
            WeightsKind.DELTA,
            WeightsKind.DELTA,
            WeightsKind.DELTA,
            WeightsKind.FULL,
            WeightsKind.DELTA,
            WeightsKind.DELTA);
    try (var loader = new PolicyLoader(loop.context, TorchRuntime.cpu());
        LoadedPolicy loaded = loader.load(versions.getLast(), Installation.PATIENCE)) {
      assertThat(loaded.version()).isEqualTo(7);
    }
    assertThat(replay(folder).all("deltas").same()).isTrue();
  }
}
