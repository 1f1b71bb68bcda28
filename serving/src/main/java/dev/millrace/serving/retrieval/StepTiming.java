package dev.millrace.serving.retrieval;

/**
 * What one step took and left.
 *
 * @param micros wall-clock microseconds
 * @param passages number of passages after the step
 * @param note what else it has to say, such as the rewritten question; empty: nothing
 */
public record StepTiming(String step, long micros, int passages, String note) {

  public StepTiming(String step, long micros, int passages) {
    this(step, micros, passages, "");
  }
}
