package dev.millrace.ingest.state;

import dev.millrace.index.Manifest;
import java.util.List;

/**
 * What has become of the newest state of a document that could be seen.
 *
 * @param revision of that state
 * @param pending true when the log could not be looked through to its end, so that a newer state
 *     may be on its way
 * @param acl principals who may know of it; empty: everybody
 */
public record DocumentState(
    String id, long revision, boolean pending, List<String> acl, Progress progress) {

  /** How far it has come. */
  public sealed interface Progress {}

  /**
   * In the log, not yet in the index.
   *
   * @param deletion true when what was received is the order to delete it
   * @param sentAt milliseconds since the epoch; 0 for a deletion, which carries no time
   */
  public record Received(boolean deletion, long sentAt) implements Progress {}

  /** In the index, or deleted from it, or rejected: the index's own words. */
  public record Settled(Manifest manifest) implements Progress {}
}
