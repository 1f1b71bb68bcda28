package dev.millrace.learner.machine;

/** What a task is for. */
public enum TaskKind {
  /** To be trained on. */
  TRAIN,
  /** Evaluation at temperature 0, one sample. */
  GREEDY,
  /** Evaluation at temperature 1, several samples. */
  SAMPLED;

  /** Whether it is a greedy evaluation. */
  public boolean greedy() {
    return this == GREEDY;
  }
}
