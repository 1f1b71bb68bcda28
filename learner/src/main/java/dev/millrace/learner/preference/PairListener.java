package dev.millrace.learner.preference;

/** Hears how training on pairs goes, on its thread. */
public interface PairListener {

  /** The pairs are read. */
  default void pairs(PairCounts counts) {}

  /** A step was made. */
  default void step(long step, long steps, double loss) {}

  /** A pass was made. */
  default void epoch(PairEpoch epoch) {}
}
