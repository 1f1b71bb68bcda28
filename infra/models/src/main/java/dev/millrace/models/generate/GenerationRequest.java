package dev.millrace.models.generate;

import java.util.Objects;

/**
 * One prompt to be continued a number of times.
 *
 * @param id names the request in results and errors
 * @param prompt token ids, at least one
 * @param copies how many sequences; the prompt is computed once for all of them
 * @param params how to draw
 * @param mask constrains the tokens; null = none
 */
public record GenerationRequest(
    String id, int[] prompt, int copies, SamplingParams params, LogitsMask mask) {

  public GenerationRequest {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(params, "params");
    prompt = prompt.clone();
    if (prompt.length == 0) {
      throw new IllegalArgumentException("request " + id + " has an empty prompt");
    }
    if (copies < 1) {
      throw new IllegalArgumentException(
          "request " + id + ": copies must be at least 1, not " + copies);
    }
  }

  /** A request without a mask. */
  public static GenerationRequest of(String id, int[] prompt, int copies, SamplingParams params) {
    return new GenerationRequest(id, prompt, copies, params, null);
  }

  @Override
  public int[] prompt() {
    return prompt.clone();
  }

  int promptLength() {
    return prompt.length;
  }

  // The record's own array: read only.
  int[] promptTokens() {
    return prompt;
  }
}
