package dev.millrace.learner.update;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.learner.algorithm.OptimizerSettings;

/**
 * Supervised fine-tuning: the warm start.
 *
 * @param batch examples of one update
 * @param microBatchTokens tokens that are computed together; it changes memory and speed, not
 *     results
 */
public record SftSettings(int batch, int microBatchTokens, OptimizerSettings optimizer) {

  public SftSettings {
    if (batch < 1) {
      throw new IllegalArgumentException("batch must be at least 1, not " + batch);
    }
    if (microBatchTokens < 1) {
      throw new IllegalArgumentException(
          "microBatchTokens must be at least 1, not " + microBatchTokens);
    }
    if (optimizer == null) {
      throw new IllegalArgumentException("optimizer must be an object, not null");
    }
  }

  /** For a pretrained model: 64 examples an update at a rate of 1e-5. */
  public static SftSettings defaults() {
    return new SftSettings(64, 16_384, OptimizerSettings.constant(1e-5, 10));
  }

  /**
   * Reads settings from a tree that changes the defaults.
   *
   * @param where the path of the tree in its file, for messages; may be empty
   * @throws IllegalArgumentException naming the offending key
   */
  public static SftSettings parse(JsonNode tree, String where) {
    return SettingsJson.over(defaults(), tree, where);
  }

  /** As {@link #parse} reads it back. */
  public ObjectNode json() {
    return SettingsJson.tree(this);
  }
}
