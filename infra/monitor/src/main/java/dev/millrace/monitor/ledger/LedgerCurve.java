package dev.millrace.monitor.ledger;

import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TrainingStep;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The curve of one run, point by point. Keeps a bounded number of them: when there are more, every
 * second one of the older is dropped, so that a long run keeps its shape.
 */
public final class LedgerCurve {

  /** Names of an entry's metrics. */
  public static final String UPDATE = "update";

  public static final String REWARD = "reward.mean";
  public static final String ACCURACY = "eval.greedy";
  public static final String STALENESS = "staleness.mean";
  public static final String SAMPLES = "samples";

  private static final int RATE_ENTRIES = 8;

  /** Between two entries of a learner that is at work there is less. */
  private static final long STOP_MILLIS = 5_000;

  private record Batch(long finishedAt, long samples) {}

  private final int most;
  private final List<CurvePoint> points = new ArrayList<>();
  private final Deque<Batch> recent = new ArrayDeque<>();
  private long begunAt;
  private long finishedAt;
  private boolean begun;

  /**
   * @param most points that are kept, 16 or more
   */
  public LedgerCurve(int most) {
    if (most < 16) {
      throw new IllegalArgumentException("a curve needs 16 points or more: " + most);
    }
    this.most = most;
  }

  /** Takes the next entry of the run. */
  public CurvePoint add(TrainingStep entry) {
    if (!begun) {
      begun = true;
      begunAt = entry.getStartedAt();
      finishedAt = entry.getFinishedAt();
      recent.add(new Batch(entry.getFinishedAt(), 0));
    }
    Map<String, Double> metrics = entry.getMetrics();
    long samples = Math.round(metrics.getOrDefault(SAMPLES, 0.0));
    var point =
        new CurvePoint(
            entry.getStep(),
            entry.getKind(),
            Math.round(metrics.getOrDefault(UPDATE, 0.0)),
            entry.getVersionAfter(),
            of(metrics, REWARD),
            of(metrics, ACCURACY),
            of(metrics, STALENESS),
            samples,
            rate(entry, samples),
            (entry.getFinishedAt() - begunAt) / 1000.0,
            entry.getDetail() == null ? "" : entry.getDetail());
    points.add(point);
    if (points.size() > most) {
      thin();
    }
    return point;
  }

  private static OptionalDouble of(Map<String, Double> metrics, String name) {
    Double value = metrics.get(name);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  /** The time of entries in between, such as evaluations, counts too; that of a stop does not. */
  private OptionalDouble rate(TrainingStep entry, long samples) {
    if (entry.getStartedAt() - finishedAt > STOP_MILLIS) {
      recent.clear();
      recent.add(new Batch(entry.getStartedAt(), 0));
    }
    finishedAt = entry.getFinishedAt();
    if (entry.getKind() != StepKind.UPDATE) {
      if (samples == 0 && entry.getKind() == StepKind.SFT) {
        recent.clear(); // the warm start samples nothing: rates begin after it
        recent.add(new Batch(entry.getFinishedAt(), 0));
      }
      return OptionalDouble.empty();
    }
    recent.add(new Batch(entry.getFinishedAt(), samples));
    if (recent.size() > RATE_ENTRIES + 1) {
      recent.removeFirst();
    }
    long first = recent.peekFirst().finishedAt();
    long millis = entry.getFinishedAt() - first;
    long sum = recent.stream().skip(1).mapToLong(Batch::samples).sum();
    return millis <= 0 ? OptionalDouble.empty() : OptionalDouble.of(1000.0 * sum / millis);
  }

  private void thin() {
    List<CurvePoint> kept = new ArrayList<>();
    for (int i = 0; i < points.size(); i++) {
      boolean old = i < points.size() / 2;
      if (!old || i % 2 == 0) {
        kept.add(points.get(i));
      }
    }
    points.clear();
    points.addAll(kept);
  }

  /** The points that are kept, oldest first. */
  public List<CurvePoint> points() {
    return Collections.unmodifiableList(points);
  }

  /** The newest point; empty before the first entry. */
  public Optional<CurvePoint> last() {
    return points.isEmpty() ? Optional.empty() : Optional.of(points.getLast());
  }

  /** The newest accuracy on held-out prompts. */
  public OptionalDouble accuracy() {
    return points.stream()
        .map(CurvePoint::accuracy)
        .filter(OptionalDouble::isPresent)
        .reduce((before, after) -> after)
        .orElse(OptionalDouble.empty());
  }
}
