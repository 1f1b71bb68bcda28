package dev.millrace.rollout;

import java.util.Locale;

/** Why a task has no samples. */
enum TaskFailure {
  /** The deadline had passed before it was begun. */
  EXPIRED,
  /** No version of the policy was ever published. */
  UNKNOWN_POLICY,
  /** Temperature, filters, lengths or the size of the group are out of their ranges. */
  BAD_SAMPLING,
  /** There is no text in it. */
  EMPTY_PROMPT,
  /** The policy's vocabulary or chat template cannot express it. */
  PROMPT_NOT_EXPRESSIBLE,
  /** It leaves no room for an answer in the context. */
  PROMPT_TOO_LONG,
  /** The weights overflowed on it. */
  NON_FINITE_LOGITS;

  /** The code in the group: lower case with hyphens. */
  String code() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
