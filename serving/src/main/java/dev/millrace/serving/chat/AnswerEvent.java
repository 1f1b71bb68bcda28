package dev.millrace.serving.chat;

import dev.millrace.serving.retrieval.StepTiming;
import java.util.List;

/** What comes out of a {@link Generation}: any number of parts, then exactly one ending. */
public sealed interface AnswerEvent {

  /** The next piece of the answer, not empty. */
  record Text(String delta) implements AnswerEvent {}

  record Cited(Citation citation) implements AnswerEvent {}

  record Steps(List<StepTiming> steps) implements AnswerEvent {}

  /** The answer is complete. */
  record Done(Finish finish) implements AnswerEvent {}

  /** There is no complete answer. */
  record Failed(RuntimeException cause) implements AnswerEvent {}
}
