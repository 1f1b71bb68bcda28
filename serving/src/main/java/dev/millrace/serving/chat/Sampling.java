package dev.millrace.serving.chat;

import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * How a generating backend draws its answers; empty where the request leaves it to the backend.
 *
 * @param temperature 0 = always the most likely token
 * @param topP only the most likely tokens that together hold this probability
 * @param topK only this many of the most likely; 0 = all (an extension that other servers know)
 * @param minP only tokens at least this times as likely as the most likely (an extension, too)
 * @param repetitionPenalty 1 = none (an extension, too)
 * @param seed the same seed gives the same answer from the same weights
 * @param choices how many answers
 * @param logprobs whether each token comes with its log-probability
 * @param topLogprobs how many alternatives come with each token, 0 to 20
 */
public record Sampling(
    OptionalDouble temperature,
    OptionalDouble topP,
    int topK,
    double minP,
    double repetitionPenalty,
    OptionalLong seed,
    int choices,
    boolean logprobs,
    int topLogprobs) {

  /** As the backend likes. */
  public static final Sampling DEFAULT =
      new Sampling(
          OptionalDouble.empty(),
          OptionalDouble.empty(),
          0,
          0,
          1,
          OptionalLong.empty(),
          1,
          false,
          0);

  public Sampling {
    if (choices < 1) {
      throw new IllegalArgumentException("choices is at least 1, not " + choices);
    }
  }
}
