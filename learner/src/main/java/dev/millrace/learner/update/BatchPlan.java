package dev.millrace.learner.update;

import dev.millrace.learner.algorithm.BatchSettings;
import dev.millrace.learner.algorithm.PolicyLossSettings;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * How the rows of an update are divided into mini-batches. Where there is more than one, the groups
 * are shuffled by a seed. Answers to one prompt stay together, because they share its computation;
 * within a mini-batch groups are sorted by length, so that rows computed together are of similar
 * length.
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
    List<List<TrainingRow>> groups = groups(rows);
    if (parts > 1) {
      shuffle(groups, update, epoch);
    }
    List<TrainingRow> order = groups.stream().flatMap(List::stream).toList();
    List<MiniBatch> out = new ArrayList<>(parts);
    for (int i = 0; i < parts; i++) {
      int from = (int) ((long) order.size() * i / parts);
      int to = (int) ((long) order.size() * (i + 1) / parts);
      out.add(MiniBatch.of(sorted(order.subList(from, to)), settings.microBatchTokens(), loss));
    }
    return out;
  }

  private static List<TrainingRow> sorted(List<TrainingRow> rows) {
    List<List<TrainingRow>> groups = groups(rows);
    groups.forEach(group -> group.sort(BY_LENGTH));
    groups.sort(Comparator.comparingInt(group -> group.getLast().sequence().length()));
    return groups.stream().flatMap(List::stream).toList();
  }

  /** Neighbours of the same group. */
  private static List<List<TrainingRow>> groups(List<TrainingRow> rows) {
    List<List<TrainingRow>> out = new ArrayList<>();
    for (TrainingRow row : rows) {
      if (out.isEmpty() || out.getLast().getFirst().group() != row.group()) {
        out.add(new ArrayList<>());
      }
      out.getLast().add(row);
    }
    return out;
  }

  private void shuffle(List<List<TrainingRow>> groups, long update, int epoch) {
    var random = new SplittableRandom(seed ^ (update * 0x9E3779B97F4A7C15L) ^ ((long) epoch << 48));
    for (int i = groups.size() - 1; i > 0; i--) {
      Collections.swap(groups, i, random.nextInt(i + 1));
    }
  }
}
