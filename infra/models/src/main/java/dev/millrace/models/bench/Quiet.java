package dev.millrace.models.bench;

import dev.millrace.models.generate.GeneratedSequence;
import dev.millrace.models.generate.GenerationListener;

/** Listens to nothing but failures. */
final class Quiet implements GenerationListener {

  static final GenerationListener LISTENER = new Quiet();

  private Quiet() {}

  @Override
  public void finished(GeneratedSequence sequence) {
    // its tokens do not matter here
  }

  @Override
  public void failed(String requestId, RuntimeException error) {
    throw error;
  }
}
