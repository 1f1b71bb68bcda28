package dev.millrace.monitor.alarm;

/**
 * A finding that stands.
 *
 * @param since milliseconds since the epoch
 */
public record Alarm(Finding finding, long since) {}
