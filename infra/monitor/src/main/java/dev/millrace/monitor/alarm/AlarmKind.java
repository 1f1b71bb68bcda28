package dev.millrace.monitor.alarm;

import java.util.Locale;

/** What can be wrong, and what to do about it. */
public enum AlarmKind {
  STAGE_PAUSED(
      "Somebody paused it on purpose; nothing is lost. When the reason is gone, let it go on: under"
          + " Stream, or with ./millrace stages resume."),
  STUCK_GROUP(
      "Look at the stage's health (/q/health) and log: it is down, waits for a server, or one"
          + " record holds it up. Restarting the stage is safe."),
  LAG_GROWING(
      "More comes in than is worked off. Add workers of the stage (up to the topic's partitions;"
          + " share groups have no such bound), or slow the producers down."),
  DEAD_LETTERS_RISING(
      "Look at their reasons under Dead letters: one reason points to one producer or one server."
          + " Mend the cause, then redrive them."),
  LEARNER_STARVED(
      "The learner waits for samples. Add rollout workers, shorten the answers, or allow more"
          + " staleness."),
  WORKERS_ON_OLD_VERSION(
      "The worker samples with old weights. Look at its log: it cannot load the new version, or it"
          + " hangs. Restarting it is safe."),
  REWARD_COLLAPSED(
      "Answers grow while the reward falls: the policy probably games its reward, or has diverged."
          + " Read some samples; stop the run, go back to an earlier version, lower the learning"
          + " rate or raise the KL penalty."),
  SAMPLER_DISAGREES(
      "Sampler and learner compute different probabilities for the same tokens from the same"
          + " weights, so what is learned is wrong: stop the run. Run millrace doctor --gpu on both"
          + " machines, see that they run the same build, and look for workers with a warning about"
          + " kernels in their log.");

  private final String advice;

  AlarmKind(String advice) {
    this.advice = advice;
  }

  /** What to do, in a sentence or two. */
  public String advice() {
    return advice;
  }

  /** As dashboards write it: {@code stuck-group}. */
  public String written() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
