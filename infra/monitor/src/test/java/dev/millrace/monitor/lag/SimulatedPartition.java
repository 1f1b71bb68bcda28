package dev.millrace.monitor.lag;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A partition whose every record's time is known: idle times, bursts and steady times by turns. */
final class SimulatedPartition {

  private final Random random;
  private final List<Long> writtenAt = new ArrayList<>();
  private long now;
  private long phaseEnds;
  private double perSecond;
  private double owed;

  SimulatedPartition(long seed, long begin) {
    this.random = new Random(seed);
    this.now = begin;
    this.phaseEnds = begin;
  }

  /** Lets the producers write until {@code time}. */
  void runTo(long time) {
    while (now < time) {
      if (now >= phaseEnds) {
        nextPhase();
      }
      now += 10;
      owed += perSecond / 100;
      while (owed >= 1) {
        writtenAt.add(now);
        owed--;
      }
    }
  }

  private void nextPhase() {
    switch (random.nextInt(4)) {
      case 0 -> { // idle, up to an hour
        perSecond = 0;
        phaseEnds = now + 1_000L * (1 + random.nextInt(random.nextBoolean() ? 60 : 3_600));
      }
      case 1 -> { // a burst
        perSecond = 0;
        int records = 1 + random.nextInt(500);
        for (int i = 0; i < records; i++) {
          writtenAt.add(now);
        }
        phaseEnds = now + random.nextInt(5_000);
      }
      default -> {
        perSecond = 0.2 + random.nextDouble() * (random.nextBoolean() ? 3 : 80);
        phaseEnds = now + 1_000L * (1 + random.nextInt(300));
      }
    }
    phaseEnds = Math.max(phaseEnds, now + 10);
  }

  long end() {
    return writtenAt.size();
  }

  /** Age of the oldest record from {@code position} on, in seconds; 0 when there is none. */
  double lagSeconds(long position) {
    return position >= end() ? 0 : (now - writtenAt.get((int) position)) / 1000.0;
  }

  /** What Kafka answers to a look-up: the first offset written at {@code time} or later. */
  long firstAt(long time) {
    int low = 0;
    int high = writtenAt.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (writtenAt.get(middle) < time) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  long timeOf(long offset) {
    return writtenAt.get((int) offset);
  }
}
