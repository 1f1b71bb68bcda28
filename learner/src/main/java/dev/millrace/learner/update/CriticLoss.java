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
      MicroBatch batch, TokenWeights weights, double clip, double factor) {
    return values -> {
      NDArray old = values.manager().create(batch.flat(TrainingRow::values));
      NDArray returns = values.manager().create(batch.flat(TrainingRow::returns));
      NDArray loss = ValueLoss.of(values.values(), old, returns, clip);
      return loss.sum().mul((float) (factor / weights.tokens()));
    };
  }
}
