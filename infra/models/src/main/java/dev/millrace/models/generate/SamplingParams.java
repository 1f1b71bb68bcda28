package dev.millrace.models.generate;

import java.util.List;
import java.util.Set;

/**
 * How tokens are drawn. The filters apply after temperature, in the order top-k, top-p, min-p.
 *
 * @param temperature 0 = the most likely token
 * @param topK only the k most likely; 0 = all
 * @param topP only the most likely that together hold this probability; 1 = all
 * @param minP only those at least this times as likely as the most likely; 0 = all
 * @param repetitionPenalty logits of tokens that occurred, in prompt or answer, are divided by it
 *     (multiplied where negative); 1 = none
 * @param maxTokens tokens to generate at most
 * @param stopTokens end the sequence; the token itself belongs to it
 * @param stopStrings end the sequence as soon as its text holds one of them
 * @param seed the only randomness: sequence i of a group draws from (seed, i, position)
 * @param topLogProbs how many alternatives to report for every token
 */
public record SamplingParams(
    double temperature,
    int topK,
    double topP,
    double minP,
    double repetitionPenalty,
    int maxTokens,
    Set<Integer> stopTokens,
    List<String> stopStrings,
    long seed,
    int topLogProbs) {

  public SamplingParams {
    require(temperature >= 0 && Double.isFinite(temperature), "temperature", temperature, ">= 0");
    require(topK >= 0, "topK", topK, ">= 0");
    require(topP > 0 && topP <= 1, "topP", topP, "in (0, 1]");
    require(minP >= 0 && minP <= 1, "minP", minP, "in [0, 1]");
    require(
        repetitionPenalty > 0 && Double.isFinite(repetitionPenalty),
        "repetitionPenalty",
        repetitionPenalty,
        "> 0");
    require(maxTokens >= 1, "maxTokens", maxTokens, ">= 1");
    require(topLogProbs >= 0, "topLogProbs", topLogProbs, ">= 0");
    stopTokens = Set.copyOf(stopTokens);
    stopStrings = List.copyOf(stopStrings);
    require(stopStrings.stream().noneMatch(String::isEmpty), "stopStrings", "\"\"", "not empty");
  }

  private static void require(boolean ok, String name, Object value, String rule) {
    if (!ok) {
      throw new IllegalArgumentException(name + " must be " + rule + ", not " + value);
    }
  }

  /** Draws from the model's own distribution. */
  public static SamplingParams sampled(long seed, int maxTokens) {
    return new SamplingParams(1, 0, 1, 0, 1, maxTokens, Set.of(), List.of(), seed, 0);
  }

  /** Always the most likely token. */
  public static SamplingParams greedy(int maxTokens) {
    return new SamplingParams(0, 0, 1, 0, 1, maxTokens, Set.of(), List.of(), 0, 0);
  }

  /** The same at another temperature. */
  public SamplingParams withTemperature(double temperature) {
    return new SamplingParams(
        temperature,
        topK,
        topP,
        minP,
        repetitionPenalty,
        maxTokens,
        stopTokens,
        stopStrings,
        seed,
        topLogProbs);
  }

  /** The same with filters. */
  public SamplingParams withFilters(int topK, double topP, double minP) {
    return new SamplingParams(
        temperature,
        topK,
        topP,
        minP,
        repetitionPenalty,
        maxTokens,
        stopTokens,
        stopStrings,
        seed,
        topLogProbs);
  }

  /** The same with a repetition penalty. */
  public SamplingParams withRepetitionPenalty(double repetitionPenalty) {
    return new SamplingParams(
        temperature,
        topK,
        topP,
        minP,
        repetitionPenalty,
        maxTokens,
        stopTokens,
        stopStrings,
        seed,
        topLogProbs);
  }

  /** The same with other ends. */
  public SamplingParams withStops(Set<Integer> stopTokens, List<String> stopStrings) {
    return new SamplingParams(
        temperature,
        topK,
        topP,
        minP,
        repetitionPenalty,
        maxTokens,
        stopTokens,
        stopStrings,
        seed,
        topLogProbs);
  }

  /** The same, reporting alternatives. */
  public SamplingParams withTopLogProbs(int topLogProbs) {
    return new SamplingParams(
        temperature,
        topK,
        topP,
        minP,
        repetitionPenalty,
        maxTokens,
        stopTokens,
        stopStrings,
        seed,
        topLogProbs);
  }

  boolean draws() {
    return temperature > 0;
  }

  boolean filters() {
    return draws() && (topK > 0 || topP < 1 || minP > 0);
  }

  boolean penal() {
    return repetitionPenalty != 1;
  }
}
