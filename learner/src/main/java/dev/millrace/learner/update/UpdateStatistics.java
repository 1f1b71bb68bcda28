package dev.millrace.learner.update;

import dev.millrace.learner.algorithm.ClipCount;
import dev.millrace.learner.algorithm.ImportanceWeight;
import dev.millrace.learner.algorithm.ImportanceWeights;
import dev.millrace.learner.algorithm.KlDivergence;
import dev.millrace.learner.algorithm.KlPlace;
import dev.millrace.learner.algorithm.PolicyLossForm;
import java.util.LinkedHashMap;
import java.util.Map;

/** Gathers the numbers of a report while an update runs. */
final class UpdateStatistics {

  private final AlgorithmSettings settings;
  private long tokens;
  private long rows;
  private long clipped;
  private long truncated;
  private long leftOut;
  private double entropy;
  private double ratios;
  private double largest;
  private double divergence;
  private double weights;
  private double reference;
  private final Map<String, Double> sums = new LinkedHashMap<>();
  private int steps;

  UpdateStatistics(AlgorithmSettings settings) {
    this.settings = settings;
  }

  void observe(MicroBatch batch, Objective.Seen seen) {
    int at = 0;
    for (int i = 0; i < batch.rows().size(); i++) {
      TrainingRow row = batch.rows().get(i);
      observe(row, seen, at);
      leftOut += seen.leftOut()[i] ? 1 : 0;
      at += row.tokens();
    }
    rows += batch.rows().size();
    tokens += at;
  }

  private void observe(TrainingRow row, Objective.Seen seen, int at) {
    double mean = 0;
    for (int t = 0; t < row.tokens(); t++) {
      mean += ((double) seen.logProbs()[at + t] - seen.old()[at + t]) / row.tokens();
    }
    boolean whole = settings.loss().form() == PolicyLossForm.GSPO;
    for (int t = 0; t < row.tokens(); t++) {
      double l = seen.logProbs()[at + t];
      double b = row.sample().behaviour()[t];
      double ratio = whole ? Math.exp(mean) : ImportanceWeights.exact(l, seen.old()[at + t]);
      ratios += ratio;
      largest = Math.max(largest, ratio);
      clipped += ClipCount.clipped(settings.loss(), ratio, row.advantages()[t]) ? 1 : 0;
      divergence += KlDivergence.exactK3(b, l);
      entropy += seen.entropy()[at + t];
      if (settings.offPolicy().weight() != ImportanceWeight.NONE) {
        double weight = ImportanceWeights.exact(seen.old()[at + t], b);
        weights += ImportanceWeights.of(settings.offPolicy(), seen.old()[at + t], b);
        truncated +=
            settings.offPolicy().weight() == ImportanceWeight.TRUNCATED
                    && weight > settings.offPolicy().cap()
                ? 1
                : 0;
      }
      if (settings.kl().place() != KlPlace.NONE) {
        reference += KlDivergence.of(settings.kl().estimator(), l, row.reference()[t]);
      }
    }
  }

  /** An optimizer step that was made. */
  void step(double loss, double gradNorm) {
    add(UpdateMetrics.LOSS, loss);
    add(UpdateMetrics.GRAD_NORM, gradNorm);
    steps++;
  }

  /** A step of the critic that was made. */
  void criticStep(double loss, double gradNorm) {
    add(UpdateMetrics.VALUE_LOSS, loss);
    add(UpdateMetrics.VALUE_GRAD_NORM, gradNorm);
  }

  private void add(String name, double value) {
    sums.merge(name, value, Double::sum);
  }

  Map<String, Double> metrics() {
    Map<String, Double> out = new LinkedHashMap<>();
    sums.forEach((name, sum) -> out.put(name, sum / steps));
    out.put(UpdateMetrics.MINI_BATCHES, (double) steps);
    out.put(UpdateMetrics.ENTROPY, mean(entropy));
    out.put(UpdateMetrics.CLIP_FRACTION, mean(clipped));
    out.put(UpdateMetrics.RATIO_MEAN, mean(ratios));
    out.put(UpdateMetrics.RATIO_MAX, largest);
    out.put(UpdateMetrics.KL_BEHAVIOUR, mean(divergence));
    if (settings.offPolicy().weight() != ImportanceWeight.NONE) {
      out.put(UpdateMetrics.WEIGHT_MEAN, mean(weights));
      out.put(UpdateMetrics.WEIGHT_TRUNCATED, mean(truncated));
    }
    if (settings.offPolicy().maskAbove() > 0) {
      out.put(UpdateMetrics.ROWS_LEFT_OUT, rows == 0 ? 0 : leftOut / (double) rows);
    }
    if (settings.kl().place() != KlPlace.NONE) {
      out.put(UpdateMetrics.KL_REFERENCE, mean(reference));
    }
    return out;
  }

  private double mean(double sum) {
    return tokens == 0 ? 0 : sum / tokens;
  }
}
