package dev.millrace.learner.preference;

import dev.millrace.learner.preference.PairTrainer.Row;
import dev.millrace.models.train.AdamW;
import dev.millrace.models.train.NotFiniteException;
import dev.millrace.models.train.Schedule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/** Optimizer steps over shuffled batches of pairs, and what they came to. */
final class PairSteps {

  private final PairTrainer trainer;
  private final PairSettings settings;
  private final long seed;

  /**
   * @param seed of the order of the pairs
   */
  PairSteps(PairTrainer trainer, PairSettings settings, long seed) {
    this.trainer = trainer;
    this.settings = settings;
    this.seed = seed;
  }

  /**
   * Trains on pairs and looks at others after every epoch.
   *
   * @param heldOut may be empty
   * @throws PairTrainingException if the loss or a gradient was not finite
   */
  List<PairEpoch> run(
      List<PreferencePair> pairs, List<PreferencePair> heldOut, PairListener listener) {
    List<Row> order = new ArrayList<>(trainer.rows(pairs));
    List<Row> others = trainer.rows(heldOut);
    long steps = (long) Math.ceilDiv(order.size(), settings.batch()) * settings.epochs();
    Schedule schedule =
        Schedule.warmup(settings.warmup(), Schedule.linear(settings.rate(), steps, 0.1));
    var random = new Random(seed);
    List<PairEpoch> epochs = new ArrayList<>();
    long step = 0;
    try (var optimizer = new AdamW(trainer.parameters(), AdamW.Settings.defaults())) {
      for (int epoch = 1; epoch <= settings.epochs(); epoch++) {
        Collections.shuffle(order, random);
        double sum = 0;
        for (int from = 0; from < order.size(); from += settings.batch()) {
          List<Row> batch = order.subList(from, Math.min(order.size(), from + settings.batch()));
          double loss = step(optimizer, batch, ++step, schedule);
          sum += loss * batch.size();
          listener.step(step, steps, loss);
        }
        var done = new PairEpoch(epoch, sum / order.size(), accuracy(others));
        epochs.add(done);
        listener.epoch(done);
      }
    }
    return epochs;
  }

  private double step(AdamW optimizer, List<Row> batch, long step, Schedule schedule) {
    trainer.parameters().zeroGradients();
    double loss = 0;
    try {
      for (List<Row> some : microBatches(batch, settings.microBatchTokens())) {
        loss += trainer.accumulate(some, batch.size());
      }
      trainer.parameters().clipGradients(settings.gradientNorm());
    } catch (NotFiniteException e) {
      throw new PairTrainingException(
          "step %d: %s; a lower training.rate may help".formatted(step, e.getMessage()), e);
    }
    optimizer.step(schedule.at(step));
    return loss;
  }

  /** The share of pairs that are ranked as they should be; ties count as half. Null of none. */
  private Double accuracy(List<Row> rows) {
    double right = 0;
    for (List<Row> some : microBatches(rows, settings.microBatchTokens())) {
      for (float margin : trainer.margins(some)) {
        right += (1 + Math.signum(margin)) / 2;
      }
    }
    return rows.isEmpty() ? null : (Double) (right / rows.size());
  }

  /** Pairs of like length together, at most so many tokens; a longer pair stands alone. */
  static List<List<Row>> microBatches(List<Row> rows, int tokens) {
    List<Row> sorted = rows.stream().sorted(Comparator.comparingInt(Row::length)).toList();
    List<List<Row>> out = new ArrayList<>();
    int begin = 0;
    long sum = 0;
    for (int i = 0; i < sorted.size(); i++) {
      if (i > begin && sum + sorted.get(i).length() > tokens) {
        out.add(sorted.subList(begin, i));
        begin = i;
        sum = 0;
      }
      sum += sorted.get(i).length();
    }
    if (begin < sorted.size()) {
      out.add(sorted.subList(begin, sorted.size()));
    }
    return out;
  }
}
