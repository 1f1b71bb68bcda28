package dev.millrace.serving.generate;

/** Brings weights to a {@link LiveModel}, on threads of its own. */
public interface ModelSource extends AutoCloseable {

  /** Begins. Once. */
  void start();

  /** Brings no more. Idempotent. */
  @Override
  void close();
}
