package dev.millrace.serving.grounding;

import dev.millrace.serving.access.Caller;
import dev.millrace.serving.chat.AnswerEvent;
import dev.millrace.serving.chat.AnswerFormat;
import dev.millrace.serving.chat.AnswerSink;
import dev.millrace.serving.chat.ChatBackend;
import dev.millrace.serving.chat.ChatMessage;
import dev.millrace.serving.chat.ChatTurn;
import dev.millrace.serving.chat.Sampling;
import dev.millrace.serving.retrieval.question.Completer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a generating backend of this process rewrite and expand questions: without documents, without
 * sampling, and within a time of its own. A failure is logged in one line and costs the step only.
 */
public final class BackendCompleter implements Completer {

  private static final Logger LOG = LoggerFactory.getLogger(BackendCompleter.class);
  private static final Sampling GREEDY =
      new Sampling(
          OptionalDouble.of(0), OptionalDouble.empty(), 0, 0, 1, OptionalLong.empty(), 1, false, 0);

  /** More characters than any token has on average: where an answer is cut at the latest. */
  private static final int CHARACTERS_A_TOKEN = 16;

  private final Supplier<ChatBackend> backend;
  private final Duration patience;

  /**
   * @param backend looked up at every call
   * @param patience how long one answer may take
   */
  public BackendCompleter(Supplier<ChatBackend> backend, Duration patience) {
    this.backend = backend;
    this.patience = patience;
  }

  @Override
  public Optional<String> complete(String instruction, String input, int maxTokens) {
    StringBuffer answer = new StringBuffer();
    AnswerSink sink =
        part -> {
          if (part instanceof AnswerEvent.Text text && !text.reasoning()) {
            answer.append(text.delta());
          }
          if (answer.length() > CHARACTERS_A_TOKEN * maxTokens) {
            throw new AnswerSink.AnswerAbandoned("long enough");
          }
        };
    ChatTurn turn = turn(instruction, input, maxTokens);
    boolean[] whole = {false};
    Thread worker =
        Thread.ofVirtual()
            .name("question-helper")
            .start(
                () -> {
                  try {
                    backend.get().answer(turn, sink);
                    whole[0] = true;
                  } catch (AnswerSink.AnswerAbandoned e) {
                    whole[0] = true;
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  } catch (RuntimeException e) {
                    LOG.warn("question helper failed reason=\"{}\"", e.toString());
                  }
                });
    try {
      boolean ended = worker.join(patience);
      if (!ended) {
        LOG.warn("question helper took more than {} ms", patience.toMillis());
      }
      return ended && whole[0] ? Optional.of(answer.toString()) : Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } finally {
      worker.interrupt();
    }
  }

  private static ChatTurn turn(String instruction, String input, int maxTokens) {
    return new ChatTurn(
        List.of(new ChatMessage("system", instruction), new ChatMessage("user", input)),
        Caller.ANONYMOUS,
        Optional.empty(),
        Map.of(),
        new ChatTurn.Limits(maxTokens, List.of()),
        GREEDY,
        AnswerFormat.text(),
        Optional.of(false),
        Optional.of(false),
        Optional.empty());
  }
}
