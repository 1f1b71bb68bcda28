package dev.millrace.models.generate;

/** Hears of a request's progress, on the engine's thread; it must not block. */
public interface GenerationListener {

  /** The request leaves the queue: its prompt is computed now. */
  default void started(String requestId) {}

  /** A token was written to sequence {@code index}. */
  default void token(String requestId, int index, int token) {}

  /** The same, with what {@link GeneratedSequence} will say of the token at its end. */
  default void written(String requestId, int index, WrittenToken written) {
    token(requestId, index, written.token());
  }

  /** A sequence ended; called once for every copy. */
  void finished(GeneratedSequence sequence);

  /** The request failed and gives no more sequences. */
  void failed(String requestId, RuntimeException error);
}
