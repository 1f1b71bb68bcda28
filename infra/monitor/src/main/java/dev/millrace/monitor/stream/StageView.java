package dev.millrace.monitor.stream;

import dev.millrace.monitor.recent.Spread;
import dev.millrace.runtime.control.Pause;
import java.util.List;
import java.util.Optional;

/**
 * A stage and the figures of its work.
 *
 * @param reads the topic that it works off
 * @param writes the topic in which its results lie
 * @param groups under which it reads now
 * @param perSecond records worked off
 * @param atLeast true when {@code lagSeconds} is a lower bound
 * @param drainSeconds infinite when the lag does not shrink
 * @param latency seconds that its part of the way took lately
 * @param errors dead letters of the last hour
 * @param paused who paused it, since when and why; empty where nobody did
 * @param note one more thing worth knowing, may be empty
 */
public record StageView(
    String name,
    String reads,
    String writes,
    List<String> groups,
    double perSecond,
    long lag,
    double lagSeconds,
    boolean atLeast,
    double drainSeconds,
    boolean stuck,
    Spread latency,
    long errors,
    Optional<Pause> paused,
    String note) {}
