package dev.millrace.index;

/**
 * One numbered pair of indices.
 *
 * @param number from 1
 * @param chunks name of the index of chunks
 * @param documents name of the index of manifests
 * @param identity what they hold
 * @param live true when the aliases point here; false while it is being filled
 */
public record Generation(
    int number, String chunks, String documents, IndexIdentity identity, boolean live) {

  /** The part of a consumer group's name that makes a generation read the log for itself. */
  public String groupSuffix() {
    return "-%06d".formatted(number);
  }

  Generation asLive() {
    return new Generation(number, chunks, documents, identity, true);
  }
}
