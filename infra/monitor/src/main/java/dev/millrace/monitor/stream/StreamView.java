package dev.millrace.monitor.stream;

import dev.millrace.monitor.recent.Spread;
import java.util.List;

/**
 * The whole stream at one moment.
 *
 * @param at milliseconds since the epoch
 * @param freshness seconds from a document's sending to its being searchable, lately
 * @param produced records a second into each topic that begins a half: documents, then tasks
 */
public record StreamView(
    long at,
    List<StageView> documents,
    List<StageView> learning,
    Spread freshness,
    double documentsPerSecond,
    double tokensPerSecond) {}
