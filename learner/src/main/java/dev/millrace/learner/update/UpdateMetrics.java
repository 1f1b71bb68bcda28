package dev.millrace.learner.update;

/** The names of an {@link UpdateReport}, and what a number of that name means. */
public final class UpdateMetrics {

  /** Loss, the mean of the mini-batches. */
  public static final String LOSS = "loss";

  /** Norm of the gradient before it was clipped, the mean of the mini-batches. */
  public static final String GRAD_NORM = "grad_norm";

  /** Mean entropy of the policy at the trained tokens, in nats. Near 0: it no longer explores. */
  public static final String ENTROPY = "entropy";

  /** Share of tokens whose ratio was clipped, so that they taught nothing. */
  public static final String CLIP_FRACTION = "clip_fraction";

  /** The part of it below the lower bound: answers that already became less likely. */
  public static final String CLIP_FRACTION_LOW = "clip_fraction_low";

  /** The part of it above the upper bound: answers that already became more likely. */
  public static final String CLIP_FRACTION_HIGH = "clip_fraction_high";

  /** The part of it at the dual bound, where there is one. */
  public static final String CLIP_FRACTION_DUAL = "clip_fraction_dual";

  /** Mean of exp(l - b) - (l - b) - 1: how far the policy is from the one that sampled. */
  public static final String KL_BEHAVIOUR = "kl_behaviour";

  /**
   * Mean |l - b| over answers that the version of this step wrote from their first token on, before
   * the first optimizer step. Above 1e-4 in float32, sampler and learner do not compute the same
   * thing. An answer in which weights were swapped has tokens of this version too, but over keys
   * and values of the one before.
   */
  public static final String LOGPROB_GAP = "logprob_gap";

  /** The same over all tokens: grows with staleness. */
  public static final String LOGPROB_GAP_ALL = "logprob_gap_all";

  /** Mean ratio of the loss. */
  public static final String RATIO_MEAN = "ratio_mean";

  /** Largest ratio of the loss. */
  public static final String RATIO_MAX = "ratio_max";

  /** Mean importance weight exp(o - b), truncated where that is set. */
  public static final String WEIGHT_MEAN = "weight_mean";

  /** The same without truncation. Far from 1: the samples are of another policy. */
  public static final String WEIGHT_RAW_MEAN = "weight_raw_mean";

  /** Share of tokens whose importance weight was truncated. */
  public static final String WEIGHT_TRUNCATED = "weight_truncated";

  /** Share of answers that were left out because the policy has moved too far from them. */
  public static final String ROWS_LEFT_OUT = "rows_left_out";

  /** Answers that do not count because they were cut off. */
  public static final String ROWS_TRUNCATED = "rows_truncated";

  /** Mean divergence from the reference policy, by the estimator of the settings. */
  public static final String KL_REFERENCE = "kl_reference";

  /** Share of tokens whose divergence was cut to its limit. */
  public static final String KL_REFERENCE_CLAMPED = "kl_reference_clamped";

  /** Mean reward of the answers, the penalty for length included. */
  public static final String REWARD_MEAN = "reward_mean";

  /** Mean penalty for length, 0 or less; where there is one. */
  public static final String OVERLONG_PENALTY = "overlong_penalty";

  /** Loss of the critic, times its weight where it shares the states of the policy. */
  public static final String VALUE_LOSS = "value_loss";

  /** Norm of the critic's gradient before it was clipped. */
  public static final String VALUE_GRAD_NORM = "value_grad_norm";

  /** Share of tokens whose value has moved as far as it may in one step. */
  public static final String VALUE_CLIP_FRACTION = "value_clip_fraction";

  /** 1 - var(returns - values) / var(returns): 1 is a critic that knows, 0 one that does not. */
  public static final String VALUE_EXPLAINED = "value_explained";

  /** Learning rate of this update. */
  public static final String LEARNING_RATE = "learning_rate";

  /** Scored tokens in one epoch. */
  public static final String TOKENS = "tokens";

  /** Answers in one epoch. */
  public static final String ROWS = "rows";

  /** Optimizer steps. */
  public static final String MINI_BATCHES = "mini_batches";

  /** Wall time of the call; the one number that differs when the update is made again. */
  public static final String SECONDS = "seconds";

  private UpdateMetrics() {}
}
