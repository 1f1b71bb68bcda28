package dev.millrace.learner.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.contracts.avro.Prompt;
import dev.millrace.learner.algorithm.BatchSettings;
import dev.millrace.learner.algorithm.CriticSettings;
import dev.millrace.learner.algorithm.OptimizerSettings;
import dev.millrace.learner.curriculum.Curriculum;
import dev.millrace.learner.curriculum.ListedPrompts;
import dev.millrace.learner.curriculum.PromptSource;
import dev.millrace.learner.run.RunFile;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.learner.update.AlgorithmPresets;
import dev.millrace.learner.update.AlgorithmSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A task that is learned in minutes, with a policy that has been warmed up once a seed, from which
 * all runs of that seed begin.
 */
final class SmallTask implements AutoCloseable {

  /** PPO whose critic is a value head on the states of the policy. */
  static final String SHARED_CRITIC = "ppo-shared";

  /** Every preset, and {@link #SHARED_CRITIC}. */
  static final List<String> NAMES = names();

  private static final double CRITIC_RATE = 1e-3;
  private static final long WARM_UP = 5;

  /** A policy, and the share of the held-out prompts that it answers rightly. */
  record Start(Path directory, double accuracy) {}

  private final RunSettings recipe;
  private final PromptSource prompts;
  private final Path folder;
  private final Map<Integer, Start> starts = new HashMap<>();

  private SmallTask(RunSettings recipe, List<Prompt> prompts, Path folder) {
    this.recipe = recipe;
    this.prompts = new ListedPrompts(prompts);
    this.folder = folder;
  }

  /**
   * @param recipe the settings of a run with a warm start
   * @param prompts as {@link SingleProcess} reads them
   */
  static SmallTask read(Path recipe, Path prompts) throws IOException {
    return new SmallTask(
        RunFile.read(recipe),
        SingleProcess.prompts(prompts),
        Files.createTempDirectory("millrace-warm-start"));
  }

  private static List<String> names() {
    List<String> names = new ArrayList<>(AlgorithmPresets.NAMES);
    names.add(SHARED_CRITIC);
    return List.copyOf(names);
  }

  /** The algorithm of the recipe, at this rate and with mini-batches of so many rows. */
  AlgorithmSettings algorithm(double rate, int rows) {
    return at(rate, rows, recipe.algorithm());
  }

  private AlgorithmSettings at(double rate, int rows, AlgorithmSettings algorithm) {
    BatchSettings batches = recipe.algorithm().batches();
    return algorithm
        .with(new BatchSettings(batches.epochs(), rows, batches.microBatchTokens()))
        .with(OptimizerSettings.constant(rate, WARM_UP));
  }

  /** A preset as it is, but for batches, the recipe's longest answer, and rates. */
  AlgorithmSettings preset(String name, double rate, int rows) {
    boolean shared = name.equals(SHARED_CRITIC);
    AlgorithmSettings preset = AlgorithmPresets.named(shared ? "ppo" : name);
    return at(rate, rows, preset)
        .with(preset.loss().withLongest(recipe.sampling().maxTokens()))
        .with(
            CriticSettings.own(OptimizerSettings.constant(CRITIC_RATE, WARM_UP))
                .withShared(shared));
  }

  /** The policy with which the runs of a seed begin. */
  Start start(int seed) {
    return starts.computeIfAbsent(seed, this::warmUp);
  }

  private Start warmUp(int seed) {
    try (PlainRun run = run(RunSettings.parse(recipe.resolved().put("seed", seed)), 0)) {
      double accuracy = run.warmUp();
      Path directory = folder.resolve("seed-" + seed);
      run.save(directory);
      return new Start(directory, accuracy);
    }
  }

  /**
   * A run that is ready to learn.
   *
   * @param age of the policy that samples, in updates
   */
  PlainRun run(int seed, AlgorithmSettings algorithm, int age) {
    ObjectNode settings = recipe.resolved().put("seed", seed);
    settings.putObject("start").put("directory", start(seed).directory().toString());
    settings.set("algorithm", algorithm.json());
    PlainRun run = run(RunSettings.parse(settings), age);
    run.beginToLearn();
    return run;
  }

  private PlainRun run(RunSettings settings, int age) {
    return new PlainRun(
        settings,
        new Curriculum(settings, prompts),
        age,
        settings.promptsPerStep(),
        SingleProcess::exact);
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
