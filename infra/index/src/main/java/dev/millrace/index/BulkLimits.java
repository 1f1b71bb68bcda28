package dev.millrace.index;

/**
 * The size of one bulk request.
 *
 * @param entries at most, 1 or more
 * @param bytes at most, unless a single entry is larger
 */
public record BulkLimits(int entries, int bytes) {

  public BulkLimits {
    if (entries < 1 || bytes < 1) {
      throw new IllegalArgumentException(
          "a bulk needs room for an entry: " + entries + " entries, " + bytes + " bytes");
    }
  }
}
