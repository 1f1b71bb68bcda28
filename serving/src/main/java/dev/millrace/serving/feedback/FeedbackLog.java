package dev.millrace.serving.feedback;

import dev.millrace.contracts.avro.Feedback;

/** Keeps feedback. */
public interface FeedbackLog extends AutoCloseable {

  /**
   * Returns when it is kept.
   *
   * @throws dev.millrace.serving.Refusal 503 if it could not be kept in time
   */
  void append(Feedback feedback) throws InterruptedException;

  @Override
  void close();
}
