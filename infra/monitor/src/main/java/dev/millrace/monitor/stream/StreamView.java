package dev.millrace.monitor.stream;

import dev.millrace.monitor.recent.Spread;
import java.util.List;

/**
 * The whole stream at one moment.
 *
 * @param at milliseconds since the epoch
 * @param prefix of the topics' names
 * @param freshness seconds from a document's sending to its being searchable, lately
 * @param documentsPerSecond that come in
 * @param tokensPerSecond that are sampled
 */
public record StreamView(
    long at,
    String prefix,
    List<StageView> documents,
    List<StageView> learning,
    Spread freshness,
    double documentsPerSecond,
    double tokensPerSecond) {}
