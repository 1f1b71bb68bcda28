package dev.millrace.learner.algorithm;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How the losses of tokens become one number; denominators are those of a whole mini-batch. */
public enum Aggregation {
  /** sum over tokens / number of tokens. */
  @JsonProperty("token-mean")
  TOKEN_MEAN,
  /** Mean over sequences of their mean over tokens. */
  @JsonProperty("seq-mean-token-mean")
  SEQ_MEAN_TOKEN_MEAN,
  /** Mean over sequences of their sum over tokens. */
  @JsonProperty("seq-mean-token-sum")
  SEQ_MEAN_TOKEN_SUM,
  /** sum over tokens / (sequences x longest answer allowed): Dr.GRPO. */
  @JsonProperty("constant")
  CONSTANT
}
