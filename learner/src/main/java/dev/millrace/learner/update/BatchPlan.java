package dev.millrace.learner.update;

import dev.millrace.learner.algorithm.BatchSettings;
import dev.millrace.learner.algorithm.PolicyLossSettings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * How the rows of an update are divided into mini-batches. They are shuffled by a seed where there
 * is more than one, so that an answer does not always stand beside its siblings; within a
 * mini-batch they are sorted by length, so that those computed together are of similar length.
 */
final class BatchPlan {

  private static final Comparator<TrainingRow> BY_LENGTH =
      Comparator.comparingInt(row -> row.sequence().length());

  private final BatchSettings settings;
  private final PolicyLossSettings loss;
  private final long seed;

  BatchPlan(BatchSettings settings, PolicyLossSettings loss, long seed) {
    this.settings = settings;
    this.loss = loss;
    this.seed = seed;
  }

  /** Mini-batches of each epoch. */
  int parts(int rows) {
    if (settings.rows() == 0) {
      return rows == 0 ? 0 : 1;
    }
    return rows == 0 ? 0 : Math.max(1, Math.round(rows / (float) settings.rows()));
  }

  /**
   * The mini-batches of one epoch.
   *
   * @param update and {@code epoch} decide the shuffle together with the seed
   */
  List<MiniBatch> epoch(List<TrainingRow> rows, long update, int epoch) {
    int parts = parts(rows.size());
    List<TrainingRow> order = new ArrayList<>(rows);
    if (parts > 1) {
      shuffle(order, update, epoch);
    }
    List<MiniBatch> out = new ArrayList<>(parts);
    for (int i = 0; i < parts; i++) {
      int from = (int) ((long) order.size() * i / parts);
      int to = (int) ((long) order.size() * (i + 1) / parts);
      List<TrainingRow> part = new ArrayList<>(order.subList(from, to));
      part.sort(BY_LENGTH);
      out.add(MiniBatch.of(part, settings.microBatchTokens(), loss));
    }
    return out;
  }

  private void shuffle(List<TrainingRow> rows, long update, int epoch) {
    var random = new SplittableRandom(seed ^ (update * 0x9E3779B97F4A7C15L) ^ ((long) epoch << 48));
    for (int i = rows.size() - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      TrainingRow swapped = rows.get(i);
      rows.set(i, rows.get(j));
      rows.set(j, swapped);
    }
  }
}
