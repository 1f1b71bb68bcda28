package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.devstack.ServerKind;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * Every process of the learning loop is killed twenty times at random moments, and the broker once.
 * Afterwards the accounts add up, and the run's weights are, bit by bit, those that its log gives
 * when it is applied from the start without a disturbance.
 */
@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class LearningFaultsTest {

  private static final int KILLS = Integer.getInteger("millrace.test.kills", 20);
  private static final Duration LONGEST = Duration.ofMinutes(12);

  /** Kept after the test, for the processes' logs. */
  private final Path folder = Path.of("target", "learning-faults").toAbsolutePath();

  @Test
  void kills_of_every_process_lose_nothing_double_nothing_and_change_nothing(Servers servers)
      throws Exception {
    var kafka = servers.own(ServerKind.KAFKA);
    try (var system =
        new LearningSystem(
            servers.endpoints(),
            servers.uniquePrefix(),
            folder,
            file("faults.yaml"),
            // Rewards that differ from the first step on, so that every step changes the weights.
            Map.of("millrace.reward.profiles", file("faults-rewards.json").toString()))) {
      system.push(AdditionTask.prompts());
      system.start("rollout-0", "rollout");
      system.start("rollout-1", "rollout");
      system.start("reward-0", "reward");
      system.start("learner", "learner");
      awaitUpdates(system, 3);
      try (ExecutorService strikers =
          Executors.newFixedThreadPool(3, Thread.ofPlatform().name("striker-", 0).factory())) {
        List<Future<?>> strikes = new ArrayList<>();
        strikes.add(strikers.submit(() -> strike(system, "rollout-0", "rollout", 1)));
        strikes.add(strikers.submit(() -> strike(system, "reward-0", "reward", 2)));
        strikes.add(strikers.submit(() -> strike(system, "learner", "learner", 3)));
        TimeUnit.SECONDS.sleep(10); // in the middle of the strikes
        kafka.kill();
        kafka.start(Duration.ofSeconds(60));
        for (Future<?> strike : strikes) {
          strike.get(LONGEST.toSeconds(), TimeUnit.SECONDS);
        }
      }
      int during = updates(system.ledger());
      awaitUpdates(system, during + 5);
      system.stop("learner");
      assertThat(during).as("updates in spite of the kills").isGreaterThan(5);
      LearningProof.accountsAddUp(system.context(), "faults");
      LearningProof.replayGivesTheSameWeights(system.context(), "faults");
    }
  }

  private static Void strike(LearningSystem system, String name, String target, long seed)
      throws InterruptedException {
    var random = new SplittableRandom(seed);
    for (int kill = 0; kill < KILLS; kill++) {
      TimeUnit.MILLISECONDS.sleep(random.nextLong(200, 3_000)); // the random moment
      system.kill(name);
      system.start(name, target);
    }
    return null;
  }

  private static void awaitUpdates(LearningSystem system, int wanted) {
    Awaitility.await(wanted + " updates")
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofMillis(500))
        .ignoreExceptions()
        .until(() -> updates(system.ledger()) >= wanted);
  }

  private static int updates(List<TrainingStep> ledger) {
    return (int) ledger.stream().filter(entry -> entry.getKind() == StepKind.UPDATE).count();
  }

  /** The demo's recipe, smaller, without an end that the test could run into. */
  private Path file(String name) throws IOException {
    Files.createDirectories(folder);
    Path file = folder.resolve(name);
    try (InputStream recipe = LearningFaultsTest.class.getResourceAsStream(name)) {
      Files.write(file, recipe.readAllBytes());
    }
    return file;
  }
}
