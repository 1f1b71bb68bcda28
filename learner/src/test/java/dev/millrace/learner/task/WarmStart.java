package dev.millrace.learner.task;

import java.nio.file.Path;

/** A warm-started policy on disk, from which several runs begin. */
final class WarmStart {

  private WarmStart() {}

  /** Trains until a third of the held-out problems are solved; returns the share. */
  static double save(long seed, Path directory) {
    try (var loop = new SingleProcessLoop(TaskRecipe.loop(seed, TaskRecipe.grpo(3e-4, 100)))) {
      double accuracy = 0;
      for (int i = 1; i <= 900 && accuracy < 0.35; i++) {
        loop.warmUp();
        if (i % 5 == 0) {
          accuracy = loop.heldOutAccuracy();
        }
      }
      loop.updater().save(directory);
      return accuracy;
    }
  }
}
