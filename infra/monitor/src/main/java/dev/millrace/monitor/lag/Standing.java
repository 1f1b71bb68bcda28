package dev.millrace.monitor.lag;

/** What is remembered of a group in one partition from one observation to the next. */
final class Standing {

  /** A group that commits every five seconds is not slower a second before it does. */
  private static final double USUAL_PAUSES = 2;

  private final Rate consumed = new Rate();
  private long position = -1;
  private long backlog;
  private long at;

  /**
   * Seconds since it last moved while there was something to read, and how long that took before.
   */
  private double pausing;

  private double usualPause;

  /** When it last moved, or when something to read came after there had been nothing. */
  private long movedAt;

  private boolean hadNothing = true;

  /** From {@code position} up to here nothing can be read: markers and rolled back records. */
  private long visibleFrom = -1;

  /** True when {@link #visibleFrom} is known to be a record, so that it need not be looked at. */
  private boolean recordThere;

  /**
   * @param from where it reads on
   * @param backlog as the broker counts it, or -1
   */
  void observe(long at, long from, long backlog) {
    boolean moved = from != position || backlog != this.backlog && backlog >= 0;
    if (position < 0) {
      movedAt = at;
    } else {
      long records = from - position;
      if (from == position && backlog >= 0 && this.backlog > backlog) {
        records = this.backlog - backlog; // done out of order
      }
      move(Math.max(0, records), (at - this.at) / 1000.0);
    }
    if (moved) {
      movedAt = at;
    }
    if (from > visibleFrom || from < position) {
      visibleFrom = from;
      recordThere = false;
    }
    this.position = from;
    this.backlog = backlog;
    this.at = at;
  }

  /**
   * Positions are committed from time to time: what lies between two of them took all that time.
   */
  private void move(long records, double seconds) {
    pausing += seconds;
    if (records > 0 || hadNothing) {
      consumed.observe(records, pausing);
      usualPause = records > 0 ? pausing : usualPause;
      pausing = 0;
    }
  }

  /** Its lag, when the partition ends at {@code end}. */
  long lag(long end, long oldest) {
    long from = from(oldest);
    long lag = Math.max(0, end - from);
    if (backlog >= 0 && lag > 0) {
      lag = Math.min(lag, backlog);
    }
    if (lag == 0) {
      hadNothing = true;
    } else if (hadNothing) {
      hadNothing = false;
      movedAt = Math.max(movedAt, at);
    }
    return lag;
  }

  /** The first record that it may still have to read. */
  long from(long oldest) {
    return Math.max(visibleFrom, oldest);
  }

  /** Somebody looked: the first record at or behind the position is at {@code offset}. */
  void firstRecord(long offset) {
    visibleFrom = Math.max(visibleFrom, offset);
    recordThere = true;
  }

  /** Somebody looked: there is no record from the position to {@code offset}. */
  void nothingBefore(long offset) {
    visibleFrom = Math.max(visibleFrom, offset);
    recordThere = false;
  }

  /** True when it has not moved for a while and nobody has looked whether there is a record. */
  boolean doubtful(long now, long patienceMillis) {
    return !recordThere && now - movedAt >= patienceMillis;
  }

  double waitingSeconds(long now) {
    return Math.max(0, now - movedAt) / 1000.0;
  }

  long position() {
    return position;
  }

  double perSecond() {
    return consumed.perSecond(Math.max(0, pausing - USUAL_PAUSES * usualPause));
  }

  long seenAt() {
    return at;
  }
}
