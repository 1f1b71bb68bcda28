package dev.millrace.serving.chat;

import java.util.Set;

/** Something that answers; listed by {@code /v1/models} and chosen by {@code model}. */
public interface ChatBackend extends AutoCloseable {

  /** What a backend may be able to do beyond plain text; the rest is refused before it is asked. */
  enum Capability {
    LOGPROBS,
    JSON,
    TOOLS
  }

  /** The model's name. */
  String id();

  /** Who provides it, for {@code owned_by}. */
  String owner();

  /** When this version came to be, in seconds since the epoch. */
  long created();

  Set<Capability> capabilities();

  /**
   * Answers, and returns when the answer is complete. Called on a thread of its own, which is
   * interrupted when the answer is not wanted any more.
   *
   * @throws dev.millrace.serving.Refusal if it cannot answer; other exceptions are faults
   */
  Finish answer(ChatTurn turn, AnswerSink sink) throws InterruptedException;

  @Override
  default void close() {}
}
