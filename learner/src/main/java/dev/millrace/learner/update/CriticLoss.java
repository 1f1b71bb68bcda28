package dev.millrace.learner.update;

import ai.djl.ndarray.NDArray;
import dev.millrace.learner.algorithm.TokenWeights;
import dev.millrace.learner.algorithm.ValueLoss;
import dev.millrace.models.train.LossFunction;
import dev.millrace.models.train.TokenValues;

/** The loss of a critic over a micro-batch: the mean over the tokens of the whole mini-batch. */
final class CriticLoss {

  private CriticLoss() {}

  static LossFunction<TokenValues> of(
      MicroBatch batch,
      TokenWeights weights,
      double clip,
      double factor,
      UpdateStatistics statistics) {
    return values -> {
      float[] before = batch.flat(TrainingRow::values);
      float[] wanted = batch.flat(TrainingRow::returns);
      statistics.observeValues(values.values().toFloatArray(), before, wanted, clip);
      NDArray old = values.manager().create(before);
      NDArray returns = values.manager().create(wanted);
      NDArray loss = ValueLoss.of(values.values(), old, returns, clip);
      return loss.sum().mul((float) (factor / weights.tokens()));
    };
  }
}
