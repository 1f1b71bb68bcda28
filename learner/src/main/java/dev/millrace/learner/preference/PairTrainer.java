package dev.millrace.learner.preference;

import dev.millrace.models.train.Parameters;
import java.util.List;

/** A model that learns from pairs. Confined to one thread. */
interface PairTrainer extends AutoCloseable {

  /**
   * A pair on its way through training.
   *
   * @param reference how far the model that training begins with prefers the chosen answer, where
   *     the loss asks for it
   */
  record Row(PreferencePair pair, float reference) {

    /** Tokens of both sequences. */
    int length() {
      return 2 * pair.prompt().length + pair.chosen().length + pair.rejected().length;
    }
  }

  /** What is trained. */
  Parameters parameters();

  /** Pairs as training wants them; to be called before the first step. */
  List<Row> rows(List<PreferencePair> pairs);

  /**
   * Adds the gradient of the pairs' losses, divided by {@code of}, to those that have accumulated.
   *
   * @return the sum of the losses, divided by {@code of}
   * @throws dev.millrace.models.train.NotFiniteException if it is not finite
   */
  double accumulate(List<Row> rows, int of);

  /** How far the model prefers the chosen answer of each pair: above 0 where it ranks it first. */
  float[] margins(List<Row> rows);

  @Override
  void close();
}
