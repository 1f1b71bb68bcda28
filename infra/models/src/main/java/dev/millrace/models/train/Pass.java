package dev.millrace.models.train;

import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.script.Scope;

/** A batch that has gone through a backbone, and may go back once. */
interface Pass extends AutoCloseable {

  /** Normalised hidden states [scored tokens, width] that predict the scored tokens. */
  PtNDArray hidden();

  /** The scored tokens. */
  PtNDArray targets();

  /**
   * Adds the gradients of the weights to those that have accumulated.
   *
   * @param gradient by the hidden states
   */
  void backward(Scope scope, PtNDArray gradient, Parameters parameters);

  @Override
  void close();
}
