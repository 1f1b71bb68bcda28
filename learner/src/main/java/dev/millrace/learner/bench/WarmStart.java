package dev.millrace.learner.bench;

import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.script.TorchRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/** Warm-started policies on disk, one a seed, from which several runs begin. */
final class WarmStart implements AutoCloseable {

  private static final double ENOUGH = 0.35;
  private static final int MOST = 900;

  /** A policy, and the share of the held-out problems that it solves. */
  record Policy(Path directory, double accuracy) {}

  private final Path folder;
  private final Map<Long, Policy> policies = new HashMap<>();

  WarmStart() throws IOException {
    this.folder = Files.createTempDirectory("millrace-warm-start");
  }

  /** Trains until a third of the held-out problems are solved, once a seed. */
  Policy of(long seed) {
    return policies.computeIfAbsent(seed, this::learn);
  }

  private Policy learn(long seed) {
    var settings = TaskRecipe.loop(seed, 0, TaskRecipe.grpo(3e-4, 100));
    try (var loop = new SingleProcessLoop(settings)) {
      double accuracy = 0;
      for (int i = 1; i <= MOST && accuracy < ENOUGH; i++) {
        loop.warmUp();
        if (i % 5 == 0) {
          accuracy = loop.heldOutAccuracy();
        }
      }
      Path directory = folder.resolve("seed-" + seed);
      loop.updater().weights().save(directory);
      return new Policy(directory, accuracy);
    }
  }

  /** A loop that begins as the policy of its seed. */
  SingleProcessLoop loop(SingleProcessLoop.Settings settings) {
    Policy start = of(settings.seed());
    var loop =
        new SingleProcessLoop(settings, DecoderWeights.load(TorchRuntime.cpu(), start.directory()));
    loop.startLearning();
    return loop;
  }

  @Override
  public void close() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
