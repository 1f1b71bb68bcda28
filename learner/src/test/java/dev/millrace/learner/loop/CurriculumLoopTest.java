package dev.millrace.learner.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.contracts.avro.Prompt;
import dev.millrace.contracts.avro.Purpose;
import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.devstack.ServerKind;
import dev.millrace.learner.curriculum.Curriculum;
import dev.millrace.learner.curriculum.PromptLog;
import dev.millrace.learner.engine.RunHistory;
import dev.millrace.learner.engine.RunListener;
import dev.millrace.learner.machine.RunState;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class CurriculumLoopTest {

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

  private void push(int from, int to) {
    loop.push(
        IntStream.range(from, to)
            .mapToObj(i -> Installation.prompt("p%03d".formatted(i), i % 10 + "+1=", false))
            .toList());
  }

  private static List<String> trained(List<RolloutTask> tasks) {
    return tasks.stream()
        .filter(task -> task.getPurpose() == Purpose.TRAIN)
        .map(RolloutTask::getPromptId)
        .toList();
  }

  @Test
  void online_run_takes_prompts_as_they_arrive_and_waits_where_there_are_none() {
    push(0, 8);
    loop.push(List.of(Installation.prompt("held", "1+1=", true)));
    loop.worker(new FakeWorker.Habits() {});
    RunSettings run =
        Runs.tiny("online", "curriculum: {order: arrival}\nevaluation: {every: 2, prompts: 5}");
    var stage = loop.learner(run);
    String starved = "idle: run online waits for prompts: 0 tasks are open, the next batch needs 4";
    await().atMost(Installation.PATIENCE).until(() -> stage.health().describe().equals(starved));
    int entries = loop.ledger("online").size();
    push(8, 11);
    stage.close();
    // Three prompts are no batch, and another learner sees no other position.
    var again = loop.learner(run);
    await().atMost(Installation.PATIENCE).until(() -> again.health().describe().equals(starved));
    assertThat(loop.ledger("online")).hasSize(entries);
    push(11, 24);
    await().atMost(Installation.PATIENCE).until(() -> again.health().describe().contains("ended"));

    assertThat(trained(loop.tasks()))
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, 24).mapToObj("p%03d"::formatted).toList());
    List<TrainingStep> ledger = loop.ledger("online");
    assertThat(ledger).anyMatch(entry -> entry.getMetrics().containsKey("issue"));
    assertThat(ledger.getLast().getDetail()).isEqualTo("all 6 steps are done");
    Accounts.of(ledger).assertClosed();
  }

  /** A third of the prompts is always answered rightly, a third never. */
  private static ScoredGroup answer(RolloutTask task) {
    int kind = kind(task.getPromptId());
    return kind == 2 ? FakeWorker.group(task) : FakeWorker.uniform(task, kind);
  }

  private static int kind(String promptId) {
    return Integer.parseInt(promptId.substring(1)) % 3;
  }

  @Test
  void solved_and_hopeless_prompts_rest_and_the_tasks_follow_from_the_ledger_alone() {
    push(0, 60);
    loop.push(List.of(Installation.prompt("p999", "1+1=", true)));
    loop.worker(
        new FakeWorker.Habits() {
          @Override
          public List<ScoredGroup> answer(RolloutTask task) {
            return List.of(CurriculumLoopTest.answer(task));
          }
        });
    RunSettings run =
        Runs.tiny(
            "hard",
            """
            promptsPerStep: 8
            steps: 24
            curriculum: {skip: {solved: true, hopeless: true, revisit: 12}}
            """);
    loop.finish(run, new RunListener() {});

    List<TrainingStep> ledger = loop.ledger("hard");
    List<RolloutTask> tasks = loop.tasks();
    Map<Integer, Long> byKind =
        trained(tasks).stream()
            .collect(Collectors.groupingBy(CurriculumLoopTest::kind, Collectors.counting()));
    assertThat(byKind.get(2)).isGreaterThan(2 * byKind.get(0)).isGreaterThan(2 * byKind.get(1));
    assertThat(byKind.get(0)).as("they come again").isGreaterThan(20);
    assertThat(trained(tasks)).doesNotContain("p999");
    // Of the others some look solved or hopeless for once.
    assertThat(ledger.get(20).getMetrics().get("curriculum.solved")).isBetween(20.0, 39.0);
    assertThat(ledger.get(20).getMetrics().get("curriculum.hopeless")).isBetween(20.0, 39.0);
    assertThat(issued(ledger)).isEqualTo(byTask(tasks));
  }

  /** The tasks that somebody who has the ledger and the prompts, and no more, would have issued. */
  private Map<String, String> issued(List<TrainingStep> ledger) {
    RunHistory history = RunHistory.of(ledger);
    // Little is kept in memory: most prompts are read from where they lie.
    var prompts = new PromptLog(loop.context, Duration.ofSeconds(30), 2_000);
    var curriculum = new Curriculum(history.settings(), prompts);
    Map<String, String> issued = new TreeMap<>();
    for (int i = 0; i < ledger.size(); i++) {
      RunState before = i == 0 ? null : history.states().get(i - 1);
      var taken =
          curriculum.take(
              i == 0 ? curriculum.now() : before.position(),
              history.states().get(i).position().issued().train(),
              i == 0 ? 0 : before.phase().updates());
      List<Prompt> these = taken.prompts();
      for (int task = 0; task < these.size(); task++) {
        issued.put(ledger.get(i).getIssued().get(task), these.get(task).getId());
      }
      curriculum.add(ledger.get(i), history.states().get(i).phase().updates());
    }
    return issued;
  }

  private static Map<String, String> byTask(List<RolloutTask> tasks) {
    return new TreeMap<>(
        tasks.stream().collect(Collectors.toMap(RolloutTask::getTaskId, RolloutTask::getPromptId)));
  }
}
