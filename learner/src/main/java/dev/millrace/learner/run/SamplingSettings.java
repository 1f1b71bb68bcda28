package dev.millrace.learner.run;

import java.util.List;

/**
 * How training samples are drawn.
 *
 * @param temperature of sampling, and of the scores that the learner computes
 * @param maxTokens of one answer, its end token included
 * @param stop texts that end an answer, beside the policy's own end tokens
 */
public record SamplingSettings(double temperature, int maxTokens, List<String> stop) {

  public SamplingSettings {
    stop = stop == null ? List.of() : List.copyOf(stop);
    if (!(temperature > 0 && temperature <= 10)) {
      throw new IllegalArgumentException(
          "temperature must be above 0 and at most 10, not " + temperature);
    }
    Checks.range("maxTokens", maxTokens, 1, 1_000_000);
  }
}
