package dev.millrace.monitor.stream;

import dev.millrace.monitor.recent.Spread;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
    double tokensPerSecond) {

  /** All stages, the documents' before those of the learning loop. */
  public List<StageView> stages() {
    return Stream.concat(documents.stream(), learning.stream()).toList();
  }

  /** The groups under which paused stages read. */
  public Set<String> pausedGroups() {
    return stages().stream()
        .filter(stage -> stage.paused().isPresent())
        .flatMap(stage -> stage.groups().stream())
        .collect(Collectors.toSet());
  }
}
