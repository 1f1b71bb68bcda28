package dev.millrace.learner.machine;

import dev.millrace.learner.run.RunSettings;

/**
 * What a run is doing. Every phase has the transitions that are legal in it, and no others; entries
 * of the ledger are what makes them happen.
 */
public sealed interface RunPhase {

  /** Phases that an evaluation may interrupt. */
  sealed interface Interruptible extends RunPhase permits WarmingUp, Training {

    /** Whether an evaluation of this accuracy would end the phase. */
    boolean wouldEnd(RunSettings settings, double greedy);

    /** The phase after an evaluation. */
    RunPhase evaluated(RunSettings settings, double greedy);

    /** An evaluation now: a glance first, unless it is the last or glances are not wanted. */
    default Evaluating evaluation(RunSettings settings) {
      return new Evaluating(this, settings.evaluation().glance() > 0 && !wouldEnd(settings, 0));
    }
  }

  /**
   * Supervised learning.
   *
   * @param entries SFT entries so far
   */
  record WarmingUp(int entries) implements Interruptible {

    RunPhase taught(RunSettings settings) {
      var next = new WarmingUp(entries + 1);
      if (settings.warmStart().evaluated()) {
        return next.evaluation(settings);
      }
      return next.entries == settings.warmStart().entries() ? begin(settings) : next;
    }

    RunPhase refused() {
      return new Ending("the warm start was refused as not finite");
    }

    @Override
    public boolean wouldEnd(RunSettings settings, double greedy) {
      return greedy >= settings.warmStart().until() || entries >= settings.warmStart().entries();
    }

    @Override
    public RunPhase evaluated(RunSettings settings, double greedy) {
      return wouldEnd(settings, greedy) ? Training.first() : this;
    }
  }

  /**
   * Waiting for the results of evaluation tasks; weights stand still.
   *
   * @param of what goes on afterwards
   * @param glance whether a part of the prompts is asked, to see whether it is worth asking all
   */
  record Evaluating(Interruptible of, boolean glance) implements RunPhase {

    RunPhase evaluated(RunSettings settings, double greedy) {
      return glance && of.wouldEnd(settings, greedy)
          ? new Evaluating(of, false)
          : of.evaluated(settings, greedy);
    }
  }

  /**
   * Learning from scored groups.
   *
   * @param updates batches so far, refused ones included
   * @param refused refused batches in a row
   * @param refills entries in a row that only made room for more groups
   * @param failures batches in a row of which every task failed
   * @param reached evaluations in a row that reached the accuracy to stop at
   */
  record Training(int updates, int refused, int refills, int failures, int reached)
      implements Interruptible {

    /** Refused batches in a row that end a run. */
    public static final int MOST_REFUSED = 3;

    /** Batches in a row of failed tasks alone that end a run. */
    public static final int MOST_FAILURES = 3;

    static Training first() {
      return new Training(0, 0, 0, 0, 0);
    }

    RunPhase updated(RunSettings settings, boolean allFailed) {
      var next = new Training(updates + 1, 0, 0, allFailed ? failures + 1 : 0, reached);
      return next.failures == MOST_FAILURES
          ? new Ending("every task of %d batches in a row failed".formatted(MOST_FAILURES))
          : next.afterBatch(settings);
    }

    RunPhase refused(RunSettings settings) {
      var next = new Training(updates + 1, refused + 1, 0, 0, reached);
      return next.refused == MOST_REFUSED
          ? new Ending("%d updates in a row were refused as not finite".formatted(MOST_REFUSED))
          : next.afterBatch(settings);
    }

    private RunPhase afterBatch(RunSettings settings) {
      int every = settings.evaluation().every();
      boolean last = updates >= settings.steps();
      if (every > 0 && (last || updates % every == 0)) {
        return evaluation(settings);
      }
      return last ? complete() : this;
    }

    RunPhase refilled() {
      return new Training(updates, refused, refills + 1, failures, reached);
    }

    private static boolean enough(RunSettings settings, double greedy) {
      return settings.stop().accuracy() > 0 && greedy >= settings.stop().accuracy();
    }

    @Override
    public boolean wouldEnd(RunSettings settings, double greedy) {
      return enough(settings, greedy) || updates >= settings.steps();
    }

    @Override
    public RunPhase evaluated(RunSettings settings, double greedy) {
      boolean enough = enough(settings, greedy);
      var next = new Training(updates, refused, refills, failures, enough ? reached + 1 : 0);
      if (enough && next.reached >= settings.stop().evaluations()) {
        return new Ending(
            "held-out accuracy %.3f reached %.3f in %d evaluation%s"
                .formatted(
                    greedy,
                    settings.stop().accuracy(),
                    next.reached,
                    next.reached == 1 ? "" : "s in a row"));
      }
      return updates >= settings.steps() ? complete() : next;
    }

    private RunPhase complete() {
      return new Ending("all %d steps are done".formatted(updates));
    }
  }

  /** Nothing is left to do but to say so in the ledger. */
  record Ending(String reason) implements RunPhase {

    Ended ended() {
      return new Ended(reason);
    }
  }

  /** The run is over. */
  record Ended(String reason) implements RunPhase {}

  /** The first phase of a run. */
  static RunPhase first(RunSettings settings) {
    if (settings.warmStart().any()) {
      return new WarmingUp(0);
    }
    return begin(settings);
  }

  /** Training, with a first measurement where none has just been made. */
  private static RunPhase begin(RunSettings settings) {
    return settings.evaluation().every() > 0
        ? Training.first().evaluation(settings)
        : Training.first();
  }

  /** Updates that training has behind it. */
  default int updates() {
    return switch (this) {
      case Training training -> training.updates;
      case Evaluating evaluating -> evaluating.of().updates();
      default -> 0;
    };
  }

  /** Whether training has begun: only then TRAIN tasks may be open. */
  default boolean trains() {
    return this instanceof Training
        || this instanceof Evaluating evaluating && evaluating.of() instanceof Training;
  }

  /** One word for logs and meters. */
  default String word() {
    return switch (this) {
      case WarmingUp w -> "warming-up";
      case Evaluating e -> "evaluating";
      case Training t -> "training";
      case Ending e -> "ending";
      case Ended e -> "ended";
    };
  }
}
