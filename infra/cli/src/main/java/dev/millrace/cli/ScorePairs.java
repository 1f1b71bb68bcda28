package dev.millrace.cli;

/** Old and new scores of one reward, one by one (Welford 1962). */
final class ScorePairs {

  private static final double EQUAL = 1e-9;

  /** One side. */
  static final class Side {

    private long count;
    private double mean;
    private double squares;

    private double add(double value) {
      count++;
      double before = value - mean;
      mean += before / count;
      squares += before * (value - mean);
      return before;
    }

    /** Null of none. */
    Double mean() {
      return count == 0 ? null : mean;
    }

    /** Null of fewer than two. */
    Double std() {
      return count < 2 ? null : Math.sqrt(squares / (count - 1));
    }
  }

  private final Side old = new Side();
  private final Side now = new Side();
  private final Side oldOfBoth = new Side();
  private final Side nowOfBoth = new Side();
  private double products;
  private long count;
  private long changed;

  /** Takes the scores of a sample; null where it has none. */
  void add(Double before, Double after) {
    count++;
    if (before != null) {
      old.add(before);
    }
    if (after != null) {
      now.add(after);
    }
    if (before != null && after != null) {
      double deviation = oldOfBoth.add(before);
      nowOfBoth.add(after);
      products += deviation * (after - nowOfBoth.mean);
      changed += Math.abs(before - after) > EQUAL ? 1 : 0;
    }
  }

  long count() {
    return count;
  }

  Side old() {
    return old;
  }

  Side now() {
    return now;
  }

  /** Samples whose score is another now; of those that have both. */
  long changed() {
    return changed;
  }

  /** Pearson's; null where one side does not vary. */
  Double correlation() {
    double variances = oldOfBoth.squares * nowOfBoth.squares;
    return variances > 0 ? products / Math.sqrt(variances) : null;
  }
}
