package dev.millrace.reward.function;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.contracts.avro.FinishReason;
import java.util.List;
import java.util.Optional;

/** Inputs and functions for tests. */
final class Inputs {

  private static final ObjectMapper JSON = new ObjectMapper();

  private Inputs() {}

  static RewardInput of(String text, String answer) {
    return new RewardInput(
        List.of(),
        Optional.ofNullable(answer),
        text,
        FinishReason.STOP,
        text.codePointCount(0, text.length()),
        List.of());
  }

  static RewardInput ofTokens(int tokens) {
    return new RewardInput(List.of(), Optional.empty(), "", FinishReason.LENGTH, tokens, List.of());
  }

  /** The function {@code name} with options as JSON, quotes single. */
  static RewardFunction function(String name, String options) {
    try {
      var node = (ObjectNode) JSON.readTree(options.replace('\'', '"'));
      return new RewardRegistry(RewardRegistry.builtIn()).create(name, new Options(node));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
