package dev.millrace.index;

/** What became of one entry of a bulk. */
public sealed interface BulkOutcome {

  /** It stands in the index at the version asked for, or it is gone as asked for. */
  record Done() implements BulkOutcome {}

  /** The same version or a later one stood there already: nothing to do. */
  record Stale() implements BulkOutcome {}

  /** It is refused, and would be refused again. */
  record Refused(int status, String reason) implements BulkOutcome {}
}
