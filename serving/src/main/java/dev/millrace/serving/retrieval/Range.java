package dev.millrace.serving.retrieval;

/** Characters of a cleaned text, in UTF-16 code units; {@code end} is one past the last. */
public record Range(int start, int end) {

  public Range {
    if (start < 0 || end < start) {
      throw new IllegalArgumentException("No such range: " + start + " to " + end);
    }
  }

  /** True if every character of {@code other} is one of this. */
  public boolean holds(Range other) {
    return start <= other.start && other.end <= end;
  }

  /** True if both share a character, or one begins where the other ends. */
  public boolean touches(Range other) {
    return start <= other.end && other.start <= end;
  }

  /** The smallest range that holds both. */
  public Range join(Range other) {
    return new Range(Math.min(start, other.start), Math.max(end, other.end));
  }

  public int length() {
    return end - start;
  }
}
