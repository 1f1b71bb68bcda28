package dev.millrace.serving.chat;

import java.util.List;
import java.util.Optional;

/**
 * Gives a generating backend the documents: looks passages up and puts them before the question,
 * and turns the markers in what the model writes into checked citations.
 */
public interface Grounding {

  /**
   * Looks up what the turn asks about, for its caller only. Steps that were timed go to {@link
   * AnswerSink#retrieved} of {@code sink}; the answer is not begun yet.
   */
  Grounded ground(ChatTurn turn, AnswerSink sink) throws InterruptedException;

  /** A question with its passages. */
  interface Grounded {

    /** What is said instead of asking the model, where the documents hold no answer. */
    Optional<String> instead();

    /** The conversation for the model, with the passages as delimited data. */
    List<ChatMessage> messages();

    /**
     * What the model writes goes in here, and comes out at {@code sink} with citations; text may be
     * held back until it is clear whether a citation holds.
     */
    CitedText citing(AnswerSink sink);
  }

  /** A sink that may hold text back. */
  interface CitedText extends AnswerSink {

    /** The model has ended: gives out what was held back. */
    void end();
  }
}
