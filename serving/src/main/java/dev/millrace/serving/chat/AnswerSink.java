package dev.millrace.serving.chat;

import dev.millrace.serving.retrieval.StepTiming;
import java.util.List;

/**
 * Takes an answer while it is made. Calls block while the reader is behind; they throw {@link
 * AnswerAbandoned} once nobody wants the rest, which a backend lets pass.
 */
public interface AnswerSink {

  /** The next piece of the answer. */
  void text(String delta);

  /** A source of text that has been given already. */
  void cite(Citation citation);

  /** What retrieval did, for the debug block. */
  void retrieved(List<StepTiming> steps);

  /** Thrown out of a backend when its answer is not wanted any more. */
  final class AnswerAbandoned extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public AnswerAbandoned(String reason) {
      super(reason, null, false, false);
    }
  }
}
