package dev.millrace.monitor.alarm;

/**
 * That something is wrong with something.
 *
 * @param subject what it is about: a group, a stage, a worker, a run
 * @param sentence what was seen
 */
public record Finding(AlarmKind kind, String subject, String sentence) {}
