package dev.millrace.learner.algorithm;

import dev.millrace.models.train.AdamW;
import dev.millrace.models.train.Schedule;

/**
 * AdamW and its learning rate.
 *
 * @param learningRate after the warm-up
 * @param schedule how it goes on
 * @param warmup updates over which it rises from 0
 * @param total updates after which it has fallen to its floor (linear and cosine)
 * @param floor as a share of learningRate
 * @param gradNorm gradients are scaled to at most this norm
 */
public record OptimizerSettings(
    double learningRate,
    ScheduleShape schedule,
    long warmup,
    long total,
    double floor,
    double beta1,
    double beta2,
    double eps,
    double weightDecay,
    double gradNorm)
    implements AlgorithmPart {

  public OptimizerSettings {
    Require.positive("learningRate", learningRate);
    Require.that(schedule != null, "schedule", "given", null);
    Require.atLeast(0, "warmup", warmup);
    Require.atLeast(1, "total", total);
    Require.that(floor >= 0 && floor <= 1, "floor", "in [0, 1]", floor);
    Require.that(beta1 >= 0 && beta1 < 1, "beta1", "in [0, 1)", beta1);
    Require.that(beta2 >= 0 && beta2 < 1, "beta2", "in [0, 1)", beta2);
    Require.positive("eps", eps);
    Require.notNegative("weightDecay", weightDecay);
    Require.positive("gradNorm", gradNorm);
  }

  /** Constant after {@code warmup} updates; betas .9 and .99, decay .01, norm 1. */
  public static OptimizerSettings constant(double learningRate, long warmup) {
    return new OptimizerSettings(
        learningRate, ScheduleShape.CONSTANT, warmup, 1, 1, 0.9, 0.99, 1e-8, 0.01, 1);
  }

  /** The same with a rate that falls in a straight line. */
  public OptimizerSettings linear(long total, double floor) {
    return new OptimizerSettings(
        learningRate,
        ScheduleShape.LINEAR,
        warmup,
        total,
        floor,
        beta1,
        beta2,
        eps,
        weightDecay,
        gradNorm);
  }

  /** The learning rate by update, which count from 1. */
  public Schedule rates() {
    return Schedule.warmup(
        warmup,
        switch (schedule) {
          case CONSTANT -> Schedule.constant(learningRate);
          case LINEAR -> Schedule.linear(learningRate, total, floor);
          case COSINE -> Schedule.cosine(learningRate, total, floor);
        });
  }

  /** The optimizer's part of these settings. */
  public AdamW.Settings adamW() {
    return new AdamW.Settings(beta1, beta2, eps, weightDecay, false);
  }
}
