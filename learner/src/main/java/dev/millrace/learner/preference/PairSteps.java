package dev.millrace.learner.preference;

import dev.millrace.models.train.AdamW;
import dev.millrace.models.train.Parameters;
import dev.millrace.models.train.Schedule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/** Optimizer steps over shuffled batches of pairs. */
final class PairSteps {

  private PairSteps() {}

  /**
   * @param gradient adds the gradient of a batch and returns its loss
   * @return the mean loss of the last epoch
   */
  static double run(
      List<PreferencePair> pairs,
      PairSettings settings,
      Parameters parameters,
      AdamW optimizer,
      ToDoubleFunction<List<PreferencePair>> gradient) {
    if (pairs.isEmpty()) {
      throw new IllegalArgumentException("there are no pairs to learn from");
    }
    int perEpoch = Math.ceilDiv(pairs.size(), settings.batch());
    Schedule schedule =
        Schedule.warmup(
            settings.warmup(),
            Schedule.linear(settings.rate(), (long) perEpoch * settings.epochs(), 0.1));
    var random = new Random(settings.seed());
    List<PreferencePair> order = new ArrayList<>(pairs);
    long step = 0;
    double loss = 0;
    for (int epoch = 0; epoch < settings.epochs(); epoch++) {
      Collections.shuffle(order, random);
      loss = 0;
      for (int from = 0; from < order.size(); from += settings.batch()) {
        int to = Math.min(order.size(), from + settings.batch());
        parameters.zeroGradients();
        loss += gradient.applyAsDouble(order.subList(from, to)) * (to - from) / order.size();
        parameters.clipGradients(settings.gradientNorm());
        optimizer.step(schedule.at(++step));
      }
    }
    return loss;
  }
}
