package dev.millrace.serving.grounding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.serving.Refusal;
import dev.millrace.serving.chat.AnswerEvent;
import dev.millrace.serving.chat.AnswerSink;
import dev.millrace.serving.chat.ChatBackend;
import dev.millrace.serving.chat.ChatTurn;
import dev.millrace.serving.chat.Finish;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class BackendCompleterTest {

  private final AtomicReference<ChatTurn> asked = new AtomicReference<>();

  @Test
  void backend_is_asked_without_documents_and_its_thoughts_are_left_out() {
    var completer =
        completer(
            (turn, sink) -> {
              asked.set(turn);
              sink.put(new AnswerEvent.Text(0, true, "hm", List.of()));
              sink.text("What is ");
              sink.text("acks?");
              return new Finish(Finish.Reason.STOP, 1, 1);
            });
    assertThat(completer.complete("rewrite", "its default?", 40)).contains("What is acks?");
    assertThat(asked.get().documents()).contains(false);
    assertThat(asked.get().limits().maxTokens()).isEqualTo(40);
  }

  @Test
  void backend_that_is_away_or_too_slow_gives_nothing_and_is_stopped() throws Exception {
    assertThat(
            completer(
                    (turn, sink) -> {
                      throw Refusal.unavailable(null, "away");
                    })
                .complete("i", "x", 9))
        .isEmpty();
    CountDownLatch stopped = new CountDownLatch(1);
    assertThat(
            completer(
                    (turn, sink) -> {
                      try {
                        new CountDownLatch(1).await();
                      } finally {
                        stopped.countDown();
                      }
                      return null;
                    })
                .complete("i", "x", 9))
        .isEmpty();
    assertThat(stopped.await(5, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void endless_answer_is_cut() {
    assertThat(
            completer(
                    (turn, sink) -> {
                      while (true) {
                        sink.text("more and ");
                      }
                    })
                .complete("i", "x", 9))
        .hasValueSatisfying(text -> assertThat(text.length()).isLessThan(200));
  }

  private interface Answering {
    Finish answer(ChatTurn turn, AnswerSink sink) throws InterruptedException;
  }

  private static BackendCompleter completer(Answering answering) {
    ChatBackend backend =
        new ChatBackend() {
          @Override
          public String id() {
            return "test";
          }

          @Override
          public String owner() {
            return "test";
          }

          @Override
          public long created() {
            return 0;
          }

          @Override
          public Set<Capability> capabilities() {
            return Set.of();
          }

          @Override
          public Finish answer(ChatTurn turn, AnswerSink sink) throws InterruptedException {
            return answering.answer(turn, sink);
          }
        };
    return new BackendCompleter(() -> backend, Duration.ofMillis(300));
  }
}
