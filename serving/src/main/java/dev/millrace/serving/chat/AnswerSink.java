package dev.millrace.serving.chat;

import dev.millrace.serving.retrieval.StepTiming;
import java.util.List;

/**
 * Takes an answer while it is made. Calls block while the reader is behind; they throw {@link
 * AnswerAbandoned} once nobody wants the rest, which a backend lets pass.
 */
@FunctionalInterface
public interface AnswerSink {

  /** The next part, of whatever kind. */
  void put(AnswerEvent.Part part);

  /** The next piece of the only answer. */
  default void text(String delta) {
    put(new AnswerEvent.Text(delta));
  }

  /**
   * A source. It may be given before its text: the reader gets it after the text up to {@link
   * Citation#endIndex}, or never, if the answer ends before.
   */
  default void cite(Citation citation) {
    put(new AnswerEvent.Cited(citation));
  }

  /** What retrieval did, for the debug block. */
  default void retrieved(List<StepTiming> steps) {
    put(new AnswerEvent.Steps(steps));
  }

  /** Thrown out of a backend when its answer is not wanted any more. */
  final class AnswerAbandoned extends RuntimeException {

    private static final long serialVersionUID = 1L;

    public AnswerAbandoned(String reason) {
      super(reason, null, false, false);
    }
  }
}
