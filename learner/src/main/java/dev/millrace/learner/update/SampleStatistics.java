package dev.millrace.learner.update;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The numbers of a report that do not depend on the optimizer steps. */
final class SampleStatistics {

  private final ShapedReward reward;
  private final List<List<TrainingRow>> groups;
  private final List<TrainingRow> rows;

  SampleStatistics(
      AlgorithmSettings settings, List<List<TrainingRow>> groups, List<TrainingRow> rows) {
    this.reward = new ShapedReward(settings.overlong());
    this.groups = groups;
    this.rows = rows;
  }

  Map<String, Double> metrics(long versionBefore) {
    Map<String, Double> out = new LinkedHashMap<>();
    long all = groups.stream().mapToLong(List::size).sum();
    out.put(UpdateMetrics.ROWS, (double) rows.size());
    out.put(UpdateMetrics.ROWS_TRUNCATED, (double) (all - rows.size()));
    out.put(UpdateMetrics.TOKENS, (double) rows.stream().mapToLong(TrainingRow::tokens).sum());
    out.put(UpdateMetrics.REWARD_MEAN, mean(reward::of));
    if (reward.punishes()) {
      out.put(UpdateMetrics.OVERLONG_PENALTY, mean(reward::penalty));
    }
    out.putAll(gaps(versionBefore));
    if (!rows.isEmpty() && rows.getFirst().values() != null) {
      out.put(UpdateMetrics.VALUE_EXPLAINED, explained());
    }
    return out;
  }

  private double mean(ToDoubleFunction<TrainingSample> number) {
    return groups.stream()
        .flatMap(List::stream)
        .map(TrainingRow::sample)
        .mapToDouble(number)
        .average()
        .orElse(0);
  }

  private Map<String, Double> gaps(long versionBefore) {
    double fresh = 0;
    double all = 0;
    long freshTokens = 0;
    long tokens = 0;
    for (TrainingRow row : rows) {
      if (row.start() == null) {
        continue;
      }
      double gap = 0;
      for (int t = 0; t < row.tokens(); t++) {
        gap += Math.abs((double) row.start()[t] - row.sample().behaviour()[t]);
      }
      all += gap;
      tokens += row.tokens();
      // What follows a swap of weights still reads keys and values of the version before it.
      if (Arrays.stream(row.sample().versions()).allMatch(version -> version == versionBefore)) {
        fresh += gap;
        freshTokens += row.tokens();
      }
    }
    Map<String, Double> out = new LinkedHashMap<>();
    out.put(UpdateMetrics.LOGPROB_GAP_ALL, tokens == 0 ? 0 : all / tokens);
    // Without a fresh answer there is nothing to report: 0 would look like perfect agreement.
    if (freshTokens > 0) {
      out.put(UpdateMetrics.LOGPROB_GAP, fresh / freshTokens);
    }
    return out;
  }

  private double explained() {
    Moments residual = new Moments();
    Moments total = new Moments();
    for (TrainingRow row : rows) {
      for (int t = 0; t < row.tokens(); t++) {
        residual.add(row.returns()[t] - row.values()[t]);
        total.add(row.returns()[t]);
      }
    }
    return total.variance() == 0 ? 0 : 1 - residual.variance() / total.variance();
  }

  /** Welford's running variance. */
  private static final class Moments {

    private long n;
    private double mean;
    private double squares;

    void add(double x) {
      n++;
      double before = x - mean;
      mean += before / n;
      squares += before * (x - mean);
    }

    double variance() {
      return n == 0 ? 0 : squares / n;
    }
  }
}
