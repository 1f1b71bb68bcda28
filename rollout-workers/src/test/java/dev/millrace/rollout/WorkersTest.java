package dev.millrace.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.contracts.avro.RolloutTask;
import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.devstack.ServerKind;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Workers that come, go and die. */
@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class WorkersTest {

  private static DecoderWeights weights;

  @BeforeAll
  static void draw() {
    weights = TinyPolicy.weights(TinyPolicy.config(32, 4096), 1);
  }

  @AfterAll
  static void free() {
    weights.close();
  }

  @Test
  void six_workers_share_four_partitions(Servers servers) {
    var settings = Map.of("millrace.topics.partitions", "4", "millrace.rollout.records", "2");
    try (var installation = new Installation(servers, settings)) {
      for (int i = 0; i < 6; i++) {
        installation.start();
      }
      Set<String> seen = new TreeSet<>();
      int issued = 0;
      while (seen.size() < 6 && issued < 2_000) {
        List<RolloutTask> wave = tasks("w" + issued, 100);
        if (issued == 0) {
          installation.step(1, weights, wave);
        } else {
          installation.issue(wave);
        }
        issued += wave.size();
        seen.addAll(workers(installation.answers(issued).values()));
      }

      assertThat(seen).hasSize(6);
      installation.drainAll();
      assertThat(installation.groups()).as("each task once").hasSize(issued);
    }
  }

  private static List<RolloutTask> tasks(String prefix, int number) {
    List<RolloutTask> tasks = Tasks.many(number, 1);
    tasks.forEach(task -> task.setTaskId(prefix + "/" + task.getTaskId()));
    return tasks;
  }

  private static Set<String> workers(Iterable<SampleGroup> groups) {
    Set<String> names = new TreeSet<>();
    groups.forEach(group -> names.add(group.getWorker()));
    return names;
  }

  @Test
  void killed_worker_hands_its_tasks_to_another(Servers servers)
      throws IOException, InterruptedException {
    try (var installation = new Installation(servers, Map.of("millrace.rollout.records", "4"))) {
      List<RolloutTask> tasks = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        tasks.add(Tasks.endless("long" + i, "37+45=", 1, 4_000));
      }
      Process victim = RolloutProcess.start(installation.values());
      try {
        installation.step(Tasks.ENDLESS, 1, weights, tasks);
        await().atMost(Installation.PATIENCE).until(() -> RolloutProcess.samples(victim));
      } finally {
        victim.destroyForcibly().waitFor();
      }
      assertThat(installation.groups()).as("killed before it answered").isEmpty();

      installation.start();
      Map<String, SampleGroup> answers = installation.answers(4);
      assertThat(answers.values())
          .allMatch(group -> group.getFailure() == null && group.getSamples().size() == 4)
          .allMatch(group -> group.getDeliveryCount() == 2);
    }
  }

  @Test
  void long_task_in_one_lane_holds_up_no_short_one(Servers servers) {
    var settings = Map.of("millrace.rollout.lanes", "2", "millrace.rollout.records", "1");
    try (var installation = new Installation(servers, settings)) {
      RolloutStage stage = installation.start();
      installation.step(
          Tasks.ENDLESS, 1, weights, List.of(Tasks.endless("long", "37+45=", 1, 4_000)));
      await().atMost(Installation.PATIENCE).until(() -> installation.running(stage) > 0);

      List<RolloutTask> shorts = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        shorts.add(Tasks.endless("short" + i, "1+2=", 1, 3));
      }
      installation.issue(shorts);
      installation.answers(11);

      List<SampleGroup> inOrder = installation.groups();
      assertThat(inOrder.getLast().getTask().getTaskId()).isEqualTo("long");
    }
  }

  @Test
  void worker_that_is_closed_gives_its_tasks_back_at_once(Servers servers) {
    var settings = Map.of("millrace.rollout.records", "4", "millrace.rollout.lock", "15s");
    try (var installation = new Installation(servers, settings)) {
      RolloutStage leaving = installation.start();
      installation.step(
          Tasks.ENDLESS, 1, weights, List.of(Tasks.endless("long", "37+45=", 1, 3_000)));
      await().atMost(Installation.PATIENCE).until(() -> installation.running(leaving) > 0);

      long begun = System.nanoTime();
      leaving.close();
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
      installation.start();

      SampleGroup group = installation.answers(1).get("long");
      assertThat(group.getFailure()).isNull();
      assertThat(group.getDeliveryCount()).isEqualTo(2);
      assertThat(Duration.ofMillis(group.getStartedAt() - group.getTask().getIssuedAt()))
          .as("not after the lock of 15 s ran out")
          .isLessThan(Duration.ofSeconds(14));
    }
  }

  @Test
  void worker_that_drains_finishes_what_it_holds_and_takes_nothing_new(Servers servers) {
    try (var installation = new Installation(servers, Map.of("millrace.rollout.records", "2"))) {
      RolloutStage stage = installation.start();
      List<RolloutTask> tasks = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        tasks.add(Tasks.endless("task" + i, "37+45=", 1, 1_500));
      }
      installation.step(Tasks.ENDLESS, 1, weights, tasks);
      await().atMost(Installation.PATIENCE).until(() -> installation.running(stage) > 0);

      assertThat(stage.drain(Installation.PATIENCE)).isTrue();

      List<String> answered =
          installation.groups().stream()
              .map(group -> group.getTask().getTaskId())
              .collect(Collectors.toList());
      assertThat(answered).hasSizeBetween(1, 5).doesNotHaveDuplicates();
    }
  }
}
