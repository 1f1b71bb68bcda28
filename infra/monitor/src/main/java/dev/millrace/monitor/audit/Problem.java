package dev.millrace.monitor.audit;

/**
 * One thing that does not add up.
 *
 * @param kind code, lower case with hyphens, for counting
 * @param id of the task, run entry or document concerned
 * @param sentence for a person
 */
public record Problem(String kind, String id, String sentence) {}
