package dev.millrace.learner.preference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.learner.run.RunFile;
import dev.millrace.learner.run.StartSettings;
import dev.millrace.learner.update.SettingsJson;
import java.nio.file.Path;

/**
 * Everything that says what training on pairs does.
 *
 * @param kind what is made of the pairs
 * @param seed the only source of randomness
 * @param start the model that training begins with
 * @param pairs where they come from
 * @param heldOut share of the prompts whose pairs are not trained on, chosen by their hash
 * @param training how they are learned
 * @param output where the model goes
 */
public record PairRunSettings(
    PairKind kind,
    long seed,
    StartSettings start,
    PairsFrom pairs,
    double heldOut,
    PairSettings training,
    PairOutput output) {

  public PairRunSettings {
    require(kind != null, "kind is not set: give reward-model or dpo");
    require(
        start != null && !start.missing(),
        "start is not set: give start.directory, start.published or start.random");
    require(
        start.published() == null || start.published().policy() != null,
        "start.published.policy is not set: give the name of a policy");
    require(
        pairs != null && !pairs.missing(), "pairs is not set: give pairs.file or pairs.feedback");
    require(heldOut >= 0 && heldOut < 1, "heldOut must be from 0 to less than 1, not " + heldOut);
    require(
        output.directory() != null || output.policy() != null,
        "output is not set: give output.directory, or output.policy for dpo");
    require(
        kind == PairKind.DPO || output.policy() == null,
        "output.policy is given for a reward model, which no worker could sample from: give"
            + " output.directory alone");
  }

  private static void require(boolean ok, String message) {
    if (!ok) {
      throw new IllegalArgumentException(message);
    }
  }

  /**
   * Reads a file.
   *
   * @throws dev.millrace.runtime.SettingsException naming the file, the key and what to do
   */
  public static PairRunSettings read(Path file) {
    return RunFile.read(file, "kind, start, pairs and output", PairRunSettings::parse);
  }

  /**
   * Reads a tree.
   *
   * @throws IllegalArgumentException naming the offending key, in one line
   */
  public static PairRunSettings parse(JsonNode tree) {
    if (!tree.isObject()) {
      throw new IllegalArgumentException("settings must be an object of keys, not " + tree);
    }
    return SettingsJson.over(
            new Draft(
                null,
                0,
                new StartSettings(null, null, null),
                new PairsFrom(null, null),
                0.1,
                PairSettings.defaults(),
                new PairOutput(null, null)),
            tree,
            "")
        .complete();
  }

  /** The same while keys may still be missing. */
  private record Draft(
      PairKind kind,
      long seed,
      StartSettings start,
      PairsFrom pairs,
      double heldOut,
      PairSettings training,
      PairOutput output) {

    PairRunSettings complete() {
      return new PairRunSettings(kind, seed, start, pairs, heldOut, training, output);
    }
  }

  /** Everything with defaults, as {@link #parse} reads it back. */
  public ObjectNode resolved() {
    return SettingsJson.tree(this);
  }
}
