package dev.millrace.serving.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.models.embedding.TokenCounter;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.access.Caller;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class GenerationTest {

  private static final TokenCounter WORDS = t -> t.isBlank() ? 0 : t.strip().split("\\s+").length;
  private static final Duration LONG = Duration.ofSeconds(10);

  private final Admission admission = new Admission(1, 0, Duration.ZERO);
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final AnswerMeters meters = new AnswerMeters(registry);

  @Test
  void events_come_in_order_and_the_place_is_free_afterwards() throws Exception {
    List<AnswerEvent> events =
        all(
            start(
                (turn, sink) -> {
                  sink.text("one ");
                  sink.text("two");
                  return new Finish(Finish.Reason.STOP, 1, 2);
                },
                ChatTurn.Limits.NONE,
                LONG));
    assertThat(events)
        .containsExactly(
            new AnswerEvent.Text("one "),
            new AnswerEvent.Text("two"),
            new AnswerEvent.Ended(0, Finish.Reason.STOP),
            new AnswerEvent.Done(new Finish(Finish.Reason.STOP, 1, 2)));
    Awaitility.await().until(() -> admission.atWork() == 0);
    assertThat(registry.get("time_to_first_token").tag("model_name", "test").timer().count())
        .isEqualTo(1);
    assertThat(registry.get("e2e_request_latency").timer().count()).isEqualTo(1);
    assertThat(registry.get("generation_tokens").counter().count()).isEqualTo(2);
    assertThat(registry.get("num_requests_running").gauge().value()).isZero();
  }

  @Test
  void citation_is_given_after_its_marker_and_not_without_it() throws Exception {
    Answering answering =
        (turn, sink) -> {
          sink.cite(citation(1, 4, 7));
          sink.text("one [1]");
          sink.cite(citation(2, 12, 15));
          sink.text(" two [2]");
          return new Finish(Finish.Reason.STOP, 1, 4);
        };
    List<AnswerEvent> cut = all(start(answering, new ChatTurn.Limits(2, List.of()), LONG));
    assertThat(cut)
        .filteredOn(AnswerEvent.Cited.class::isInstance)
        .containsExactly(new AnswerEvent.Cited(citation(1, 4, 7)));
    assertThat(cut.getLast())
        .isEqualTo(new AnswerEvent.Done(new Finish(Finish.Reason.LENGTH, 1, 2)));
  }

  @Test
  void deadline_ends_the_backend_and_frees_its_place() throws Exception {
    CountDownLatch interrupted = new CountDownLatch(1);
    Generation generation =
        start(
            (turn, sink) -> {
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                interrupted.countDown();
                throw e;
              }
              return null;
            },
            ChatTurn.Limits.NONE,
            Duration.ofMillis(50));
    assertThat(generation.next(LONG))
        .isInstanceOfSatisfying(
            AnswerEvent.Failed.class,
            f -> assertThat(((Refusal) f.cause()).code()).isEqualTo("deadline_exceeded"));
    assertThat(interrupted.await(5, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
    Awaitility.await().until(() -> admission.atWork() == 0);
  }

  @Test
  void backend_waits_for_a_slow_reader_and_ends_when_it_goes() throws Exception {
    Generation generation =
        start(
            (turn, sink) -> {
              while (true) {
                sink.text("more ");
              }
            },
            ChatTurn.Limits.NONE,
            LONG);
    assertThat(generation.next(LONG)).isEqualTo(new AnswerEvent.Text("more "));
    generation.close();
    Awaitility.await().until(() -> admission.atWork() == 0);
  }

  @Test
  void broken_backend_is_told_to_the_reader() throws Exception {
    assertThat(
            all(start(
                    (turn, sink) -> {
                      throw new IllegalStateException("broken");
                    },
                    ChatTurn.Limits.NONE,
                    LONG))
                .getLast())
        .isInstanceOfSatisfying(
            AnswerEvent.Failed.class, f -> assertThat(f.cause()).hasMessage("broken"));
  }

  @Test
  void second_request_is_refused_where_there_is_one_place_and_no_queue() throws Exception {
    try (Admission.Ticket ticket = admission.enter()) {
      ticket.close(); // twice is once
      try (Admission.Ticket again = admission.enter()) {
        assertThatThrownBy(admission::enter)
            .isInstanceOfSatisfying(Refusal.class, r -> assertThat(r.status()).isEqualTo(429));
      }
    }
    assertThat(admission.awaitIdle(Duration.ofSeconds(1))).isTrue();
  }

  private static Citation citation(int number, int from, int to) {
    return new Citation(number, from, to, "d", "t", "u", 1, 0, 1, "q");
  }

  private Generation start(Answering answering, ChatTurn.Limits limits, Duration allowed)
      throws InterruptedException {
    ChatTurn turn =
        new ChatTurn(
            List.of(new ChatMessage("user", "question")),
            Caller.ANONYMOUS,
            Optional.empty(),
            Map.of(),
            limits);
    return Generation.start(new Backend(answering), turn, WORDS, allowed, admission::enter, meters);
  }

  private static List<AnswerEvent> all(Generation generation) throws InterruptedException {
    List<AnswerEvent> events = new ArrayList<>();
    do {
      events.add(generation.next(LONG));
    } while (!(events.getLast() instanceof AnswerEvent.Done)
        && !(events.getLast() instanceof AnswerEvent.Failed));
    return events;
  }

  @FunctionalInterface
  private interface Answering {
    Finish answer(ChatTurn turn, AnswerSink sink) throws InterruptedException;
  }

  private record Backend(Answering answering) implements ChatBackend {
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
  }
}
