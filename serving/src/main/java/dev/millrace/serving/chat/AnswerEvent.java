package dev.millrace.serving.chat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.serving.retrieval.StepTiming;
import java.util.List;

/** What comes out of a {@link Generation}: any number of parts, then exactly one ending. */
public sealed interface AnswerEvent {

  /** A part of an answer, which is what a backend gives to its {@link AnswerSink}. */
  sealed interface Part extends AnswerEvent {}

  /**
   * The next piece of the text of one choice.
   *
   * @param choice number of the answer among those that were asked for, from 0
   * @param reasoning whether the model thinks aloud here; it is no part of the answer's content
   * @param delta the text; empty only where scores are not
   * @param scores the tokens that it was made of, where they were asked for
   */
  record Text(int choice, boolean reasoning, String delta, List<TokenScore> scores)
      implements Part {

    public Text {
      scores = List.copyOf(scores);
    }

    /** A piece of the only answer. */
    public Text(String delta) {
      this(0, false, delta, List.of());
    }
  }

  /**
   * Calls of tools, as the model behind the backend wrote them: an array of OpenAI's objects, or of
   * fragments of them.
   */
  record Tools(int choice, JsonNode calls) implements Part {}

  /** A choice is complete. Only backends that give several choices say so themselves. */
  record Ended(int choice, Finish.Reason reason) implements Part {}

  /** A source of text that has been given already, or is given next. */
  record Cited(Citation citation) implements Part {}

  /** What retrieval did. */
  record Steps(List<StepTiming> steps) implements Part {}

  /** Who writes what follows, where that can change while a backend runs. */
  record WrittenBy(Writer writer) implements Part {}

  /** The answer is complete. */
  record Done(Finish finish) implements AnswerEvent {}

  /** There is no complete answer. */
  record Failed(RuntimeException cause) implements AnswerEvent {}
}
