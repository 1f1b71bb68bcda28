package dev.millrace.learner.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.learner.update.AlgorithmSettings;
import dev.millrace.learner.update.SettingsJson;
import dev.millrace.learner.update.SftSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Everything that says what a training run does. The START entry of the ledger holds it resolved,
 * and a run is rebuilt from there without the file.
 *
 * @param run its name, once and for ever
 * @param policy what it publishes to
 * @param seed of weights, prompts' order and samples
 * @param start where the policy comes from
 * @param lora what is trained instead of all weights; null: all weights
 * @param prompts which prompts
 * @param curriculum in which order, and how often
 * @param promptsPerStep groups of one update
 * @param groupSize samples of one prompt, 2 or more
 * @param sampling how they are drawn
 * @param maxStaleness the most versions between sampling and training; 0: fully synchronous
 * @param steps updates of the run
 * @param taskDeadlineSeconds after which an open task counts as expired
 * @param warmStart supervised learning before
 * @param algorithm how the policy learns from scored groups
 * @param evaluation on held-out prompts
 * @param stop when to end early
 * @param publish how weights are published
 * @param snapshotEvery ledger entries from one snapshot to the next; 0: of the start alone
 */
public record RunSettings(
    String run,
    String policy,
    long seed,
    StartSettings start,
    LoraSettings lora,
    PromptSettings prompts,
    CurriculumSettings curriculum,
    int promptsPerStep,
    int groupSize,
    SamplingSettings sampling,
    int maxStaleness,
    int steps,
    long taskDeadlineSeconds,
    WarmStartSettings warmStart,
    AlgorithmSettings algorithm,
    EvaluationSettings evaluation,
    StopSettings stop,
    PublishSettings publish,
    int snapshotEvery) {

  public RunSettings {
    Checks.name("run", run);
    Checks.name("policy", policy);
    if (start == null || start.missing()) {
      throw new IllegalArgumentException(
          "start is not set: give start.random, start.directory or start.published");
    }
    Checks.range("promptsPerStep", promptsPerStep, 1, 9999);
    if (groupSize < 2) {
      throw new IllegalArgumentException(
          "groupSize must be at least 2, not %d: an answer is judged against the others of its prompt"
              .formatted(groupSize));
    }
    Checks.range("groupSize", groupSize, 2, 1024);
    Checks.range("maxStaleness", maxStaleness, 0, 64);
    Checks.range("steps", steps, 1, 100_000_000);
    Checks.range("taskDeadlineSeconds", taskDeadlineSeconds, 1, 30L * 86_400);
    Checks.range("snapshotEvery", snapshotEvery, 0, 1_000_000);
    if (algorithm.temperature() != sampling.temperature()) {
      throw new IllegalArgumentException(
          "algorithm.temperature is %s and sampling.temperature is %s: they must be equal; leave the first out"
              .formatted(algorithm.temperature(), sampling.temperature()));
    }
    if (stop.accuracy() > 0 && evaluation.every() == 0) {
      throw new IllegalArgumentException(
          "stop.accuracy is %s but evaluation.every is 0: nothing would measure it; set evaluation.every"
              .formatted(stop.accuracy()));
    }
    if (lora != null && publish.delta() > 0) {
      throw new IllegalArgumentException(
          "publish.delta is %d, but with lora only the adapter is published, whole: leave it out"
              .formatted(publish.delta()));
    }
  }

  private static RunSettings defaults(
      StartSettings start,
      LoraSettings lora,
      SamplingSettings sampling,
      WarmStartSettings warmStart,
      AlgorithmSettings algorithm) {
    return new RunSettings(
        "unnamed",
        "policy",
        0,
        start,
        lora,
        new PromptSettings(List.of(), 1, Map.of()),
        CurriculumSettings.defaults(),
        64,
        8,
        sampling,
        1,
        1000,
        600,
        warmStart,
        algorithm,
        new EvaluationSettings(20, 500, 0, 0, 1.0),
        new StopSettings(0, 1),
        new PublishSettings("float32", 8, 0),
        20);
  }

  /**
   * Reads a tree such as a file or a START entry holds.
   *
   * @throws IllegalArgumentException naming the offending key, in one line
   */
  public static RunSettings parse(JsonNode tree) {
    if (tree == null || !tree.isObject()) {
      throw new IllegalArgumentException("run settings must be an object of keys, not " + tree);
    }
    ObjectNode changes = tree.deepCopy();
    require(changes, "run");
    require(changes, "policy");
    StartSettings start =
        SettingsJson.over(new StartSettings(null, null, null), changes.remove("start"), "start");
    JsonNode adapter = changes.remove("lora");
    LoraSettings lora =
        adapter == null || adapter.isNull()
            ? null
            : SettingsJson.over(LoraSettings.defaults(), adapter, "lora");
    SamplingSettings sampling =
        SettingsJson.over(
            new SamplingSettings(1, 256, List.of()), changes.remove("sampling"), "sampling");
    AlgorithmSettings algorithm = algorithm(changes.remove("algorithm"), sampling);
    WarmStartSettings warmStart =
        changes.has("warmStart") ? WarmStartSettings.defaults() : WarmStartSettings.none();
    if (changes.get("warmStart") instanceof ObjectNode given && given.has("sft")) {
      warmStart = warmStart.withSft(SftSettings.parse(given.remove("sft"), "warmStart.sft"));
    }
    RunSettings defaults = defaults(start, lora, sampling, warmStart, algorithm);
    return SettingsJson.over(defaults, changes, "");
  }

  /** Everything with defaults, as {@link #parse} reads it back. */
  public ObjectNode resolved() {
    return SettingsJson.tree(this);
  }

  /** The same with the reward profiles that are known here. */
  public RunSettings withProfiles(Map<String, Boolean> known) {
    return parse(resolved().set("prompts", SettingsJson.tree(prompts.withProfiles(known))));
  }

  /** The most TRAIN tasks that may be open. */
  public int openTasks() {
    return (maxStaleness + 1) * promptsPerStep;
  }

  /** How long a task may be open. */
  public Duration taskDeadline() {
    return Duration.ofSeconds(taskDeadlineSeconds);
  }

  private static AlgorithmSettings algorithm(JsonNode tree, SamplingSettings sampling) {
    if (tree != null && !tree.isObject()) {
      throw new IllegalArgumentException("algorithm must be an object, not " + tree);
    }
    ObjectNode algorithm =
        tree == null ? JsonNodeFactory.instance.objectNode() : ((ObjectNode) tree).deepCopy();
    if (!algorithm.has("temperature")) {
      algorithm.put("temperature", sampling.temperature());
    }
    // What Dr.GRPO divides by is the longest answer that there can be.
    if (algorithm.path("loss").isMissingNode() || algorithm.get("loss").isObject()) {
      ObjectNode loss = algorithm.withObjectProperty("loss");
      if (!loss.has("longest")) {
        loss.put("longest", sampling.maxTokens());
      }
    }
    return AlgorithmSettings.parse(algorithm, "algorithm");
  }

  private static void require(ObjectNode tree, String key) {
    if (!tree.has(key)) {
      throw new IllegalArgumentException(key + " is not set: give a name");
    }
  }
}
