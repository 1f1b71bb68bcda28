package dev.millrace.serving.retrieval;

/**
 * What one step took and left.
 *
 * @param micros wall-clock microseconds
 * @param passages number of passages after the step
 */
public record StepTiming(String step, long micros, int passages) {}
