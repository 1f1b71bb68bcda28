package dev.millrace.learner.loop;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.millrace.learner.run.RunSettings;

/** Settings of small runs. */
final class Runs {

  private static final String TINY =
      """
      run: %s
      policy: %s
      seed: 7
      start:
        random:
          alphabet: "0123456789+="
          config: {hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2,
                   intermediate_size: 32, max_position_embeddings: 16}
      promptsPerStep: 4
      groupSize: 4
      sampling: {maxTokens: 4}
      steps: 6
      algorithm: {name: grpo, optimizer: {learningRate: 0.001}}
      evaluation: {every: 0, prompts: 5}
      snapshotEvery: 4
      """;

  private Runs() {}

  /** A run of a tiny model; {@code more} overrides, in YAML. */
  static RunSettings tiny(String run, String more) {
    try {
      var yaml = new YAMLMapper();
      var tree =
          (com.fasterxml.jackson.databind.node.ObjectNode) yaml.readTree(TINY.formatted(run, run));
      if (!more.isBlank()) {
        tree.setAll((com.fasterxml.jackson.databind.node.ObjectNode) yaml.readTree(more));
      }
      return RunSettings.parse(tree);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
