package dev.millrace.learner.update;

import dev.millrace.learner.algorithm.ImportanceWeight;
import dev.millrace.learner.algorithm.ImportanceWeights;
import dev.millrace.learner.algorithm.KlDivergence;
import dev.millrace.learner.algorithm.KlPlace;
import dev.millrace.learner.algorithm.PolicyLoss;
import dev.millrace.learner.algorithm.PolicyLoss.Hold;
import dev.millrace.learner.algorithm.ValueLoss;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** Gathers the numbers of a report while an update runs. */
final class UpdateStatistics {

  private final AlgorithmSettings settings;
  private final PolicyLoss loss;
  private final Map<Hold, Long> held = new EnumMap<>(Hold.class);
  private long tokens;
  private long rows;
  private long truncated;
  private long leftOut;
  private double entropy;
  private double ratios;
  private double largest;
  private double divergence;
  private double weights;
  private double exactWeights;
  private double reference;
  private long clamped;
  private long values;
  private long valuesClipped;
  private final Map<String, Double> sums = new LinkedHashMap<>();
  private int steps;

  UpdateStatistics(AlgorithmSettings settings) {
    this.settings = settings;
    this.loss = PolicyLoss.of(settings.loss());
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
    double[] own = ratios(row, seen, at);
    for (int t = 0; t < row.tokens(); t++) {
      double l = seen.logProbs()[at + t];
      double b = row.sample().behaviour()[t];
      ratios += own[t];
      largest = Math.max(largest, own[t]);
      held.merge(loss.hold(own[t], row.advantages()[t]), 1L, Long::sum);
      divergence += KlDivergence.exactK3(b, l);
      entropy += seen.entropy()[at + t];
      if (settings.offPolicy().weight() != ImportanceWeight.NONE) {
        double weight = ImportanceWeights.exact(seen.old()[at + t], b);
        exactWeights += weight;
        weights += ImportanceWeights.of(settings.offPolicy(), seen.old()[at + t], b);
        truncated +=
            settings.offPolicy().weight() == ImportanceWeight.TRUNCATED
                    && weight > settings.offPolicy().cap()
                ? 1
                : 0;
      }
      if (settings.kl().place() != KlPlace.NONE) {
        double f = row.reference()[t];
        reference += KlDivergence.of(settings.kl().estimator(), l, f);
        clamped += KlDivergence.clamped(settings.kl().estimator(), l, f) ? 1 : 0;
      }
    }
  }

  private double[] ratios(TrainingRow row, Objective.Seen seen, int at) {
    double[] out = new double[row.tokens()];
    double logs = 0;
    for (int t = 0; t < out.length; t++) {
      out[t] = ImportanceWeights.exact(seen.logProbs()[at + t], seen.old()[at + t]);
      logs += Math.log(out[t]);
    }
    if (loss.oneRatioPerSequence()) {
      Arrays.fill(out, Math.exp(logs / out.length));
    }
    return out;
  }

  /** What a critic says of the tokens of a micro-batch, beside what it said and should say. */
  void observeValues(float[] now, float[] before, float[] wanted, double clip) {
    for (int t = 0; t < now.length; t++) {
      valuesClipped += ValueLoss.clipped(now[t], before[t], wanted[t], clip) ? 1 : 0;
    }
    values += now.length;
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
    out.put(UpdateMetrics.CLIP_FRACTION, mean(tokens - held(Hold.NONE)));
    out.put(UpdateMetrics.CLIP_FRACTION_LOW, mean(held(Hold.LOW)));
    out.put(UpdateMetrics.CLIP_FRACTION_HIGH, mean(held(Hold.HIGH)));
    if (settings.loss().dualClip() > 0) {
      out.put(UpdateMetrics.CLIP_FRACTION_DUAL, mean(held(Hold.DUAL)));
    }
    out.put(UpdateMetrics.RATIO_MEAN, mean(ratios));
    out.put(UpdateMetrics.RATIO_MAX, largest);
    out.put(UpdateMetrics.KL_BEHAVIOUR, mean(divergence));
    if (settings.offPolicy().weight() != ImportanceWeight.NONE) {
      out.put(UpdateMetrics.WEIGHT_MEAN, mean(weights));
      out.put(UpdateMetrics.WEIGHT_RAW_MEAN, mean(exactWeights));
      out.put(UpdateMetrics.WEIGHT_TRUNCATED, mean(truncated));
    }
    if (settings.offPolicy().maskAbove() > 0) {
      out.put(UpdateMetrics.ROWS_LEFT_OUT, rows == 0 ? 0 : leftOut / (double) rows);
    }
    if (settings.kl().place() != KlPlace.NONE) {
      out.put(UpdateMetrics.KL_REFERENCE, mean(reference));
      out.put(UpdateMetrics.KL_REFERENCE_CLAMPED, mean(clamped));
    }
    if (values > 0) {
      out.put(UpdateMetrics.VALUE_CLIP_FRACTION, valuesClipped / (double) values);
    }
    return out;
  }

  private long held(Hold how) {
    return held.getOrDefault(how, 0L);
  }

  private double mean(double sum) {
    return tokens == 0 ? 0 : sum / tokens;
  }
}
