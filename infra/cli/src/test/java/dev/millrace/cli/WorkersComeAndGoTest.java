package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.avro.SampleGroup;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.devstack.ServerKind;
import dev.millrace.learner.bench.PlainRun;
import dev.millrace.learner.curriculum.Curriculum;
import dev.millrace.learner.curriculum.PromptLog;
import dev.millrace.learner.run.RunFile;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * One rollout process, then four, then one, in the middle of a run: the curve does not care. With
 * maxStaleness 0 every version is, bit by bit, that of a plain loop in one thread over the same
 * seeds.
 */
@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class WorkersComeAndGoTest {

  private final Path folder = Path.of("target", "workers-come-and-go").toAbsolutePath();

  @Test
  void versions_do_not_depend_on_how_many_workers_there_are(Servers servers) throws Exception {
    Path config = resource("faults.yaml", "run.yaml");
    try (var system =
        new LearningSystem(
            servers.endpoints(),
            servers.uniquePrefix(),
            folder,
            config,
            Map.of(
                "millrace.reward.profiles", resource("faults-rewards.json", "r.json").toString(),
                // One group at a time, so that its matrix products are those of the plain loop.
                "millrace.rollout.lanes", "1",
                "millrace.rollout.records", "1"))) {
      system.push(AdditionTask.prompts());
      system.start("rollout-0", "rollout");
      system.start("reward", "reward");
      system.start("learner", "learner");
      awaitUpdates(system, 4);
      system.start("rollout-1", "rollout");
      system.start("rollout-2", "rollout");
      system.start("rollout-3", "rollout");
      awaitWorkers(system, 4);
      awaitUpdates(system, updates(system).size() + 4);
      system.kill("rollout-0");
      system.stop("rollout-1");
      system.stop("rollout-2");
      awaitUpdates(system, updates(system).size() + 8);
      system.stop("learner");

      List<String> versions = updates(system).stream().map(TrainingStep::getWeightsSha256).toList();
      assertThat(versions.stream().distinct().count())
          .as("updates that taught something")
          .isGreaterThan(versions.size() / 2);
      assertThat(versions).isEqualTo(plain(RunFile.read(config), system, versions.size()));
      LearningProof.accountsAddUp(system.context(), "faults");
    }
  }

  private static List<String> plain(RunSettings run, LearningSystem system, int updates) {
    var curriculum = new Curriculum(run, new PromptLog(system.context(), Duration.ofSeconds(30)));
    try (var plain =
        new PlainRun(run, curriculum, 0, 1, (text, answer) -> nearTwoCharacters(text))) {
      for (int entry = 0; entry < run.warmStart().entries(); entry++) {
        plain.teach();
      }
      plain.beginToLearn();
      List<String> versions = new ArrayList<>();
      for (int update = 0; update < updates; update++) {
        plain.learn();
        versions.add(plain.weightsSha256());
      }
      return versions;
    }
  }

  /** What the reward profile of the test says. */
  private static double nearTwoCharacters(String text) {
    return Math.max(0, 1 - Math.abs(text.length() - 2) / 3.0);
  }

  private static void awaitUpdates(LearningSystem system, int wanted) {
    Awaitility.await(wanted + " updates")
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofMillis(500))
        .until(() -> updates(system).size() >= wanted);
  }

  private static void awaitWorkers(LearningSystem system, int wanted) {
    Awaitility.await(wanted + " workers that answer")
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofMillis(500))
        .until(
            () ->
                system.read(system.context().topics().samples()).stream()
                        .map(SampleGroup::getWorker)
                        .distinct()
                        .count()
                    >= wanted);
  }

  private static List<TrainingStep> updates(LearningSystem system) {
    return system.ledger().stream().filter(entry -> entry.getKind() == StepKind.UPDATE).toList();
  }

  /** The settings of the kill test, synchronous and without evaluations. */
  private Path resource(String name, String to) throws IOException {
    Files.createDirectories(folder);
    try (InputStream in = WorkersComeAndGoTest.class.getResourceAsStream(name)) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return Files.writeString(
          folder.resolve(to),
          text.replace("maxStaleness: 1", "maxStaleness: 0").replace("every: 15", "every: 0"));
    }
  }
}
