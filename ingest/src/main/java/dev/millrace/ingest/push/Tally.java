package dev.millrace.ingest.push;

/**
 * What a push has done so far.
 *
 * @param sent documents that the log has acknowledged
 * @param unchanged documents that the log already had
 * @param deleted documents that vanished from their source and were deleted
 * @param unsettled files left for later because they are being written to
 * @param faults things that were not documents or could not be sent
 * @param bytes of content acknowledged
 */
public record Tally(
    long sent, long unchanged, long deleted, long unsettled, long faults, long bytes) {

  /** Documents that have been dealt with, in whatever way. */
  public long done() {
    return sent + unchanged + deleted + faults;
  }

  /** True when nothing reached the log in this pass. */
  public boolean isIdle() {
    return sent == 0 && deleted == 0;
  }
}
