package dev.millrace.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.devstack.ServerKind;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@WithServers(ServerKind.KAFKA)
class ShareLoopTest {

  private static final Duration PATIENCE = Duration.ofSeconds(40);

  private ShareTopic shared;
  private final Queue<String> done = new ConcurrentLinkedQueue<>();

  @BeforeEach
  void create(Servers servers) {
    shared = new ShareTopic(servers);
  }

  @AfterEach
  void remove() {
    shared.close();
  }

  @Test
  void more_workers_than_partitions_work_at_the_same_time() {
    var together = new CountDownLatch(3);
    for (int i = 0; i < 3; i++) {
      shared.start(
          1,
          1,
          delivery -> {
            together.countDown();
            together.await();
            done.add(delivery.value());
          });
    }
    shared.push("a", "b", "c");
    await().atMost(PATIENCE).until(() -> done.size() == 3);
    assertThat(done).containsExactlyInAnyOrder("a", "b", "c");
  }

  @Test
  void every_record_is_done_once_by_several_loops_of_several_lanes() {
    ShareLoop.Handler<String> handler = delivery -> done.add(delivery.value());
    shared.start(2, 5, handler);
    shared.start(2, 5, handler);
    List<String> all = IntStream.range(0, 300).mapToObj(i -> "r" + i).toList();
    shared.push(all.toArray(String[]::new));
    await().atMost(PATIENCE).until(() -> shared.counted("accepted") == 300);
    assertThat(done).containsExactlyInAnyOrderElementsOf(all);
  }

  @Test
  void work_longer_than_the_lock_keeps_its_record_while_others_finish_around_it() {
    Set<Integer> deliveries = new HashSet<>();
    var others = new CountDownLatch(3);
    ShareLoop.Handler<String> handler =
        delivery -> {
          deliveries.add(delivery.deliveryCount());
          if (delivery.value().equals("long")) {
            assertThat(others.await(30, TimeUnit.SECONDS)).isTrue();
            // Longer than the lock of 3 s, which is what this test is about.
            TimeUnit.SECONDS.sleep(7);
          } else {
            others.countDown();
          }
          done.add(delivery.value());
        };
    shared.start(1, 2, handler);
    shared.start(1, 2, handler);
    shared.push("long", "a", "b", "c");
    await().atMost(PATIENCE).until(() -> shared.counted("accepted") == 4);
    assertThat(done).hasSize(4).endsWith("long");
    assertThat(deliveries).containsExactly(1);
  }

  @Test
  void killed_worker_hands_its_records_to_another() throws Exception {
    shared.push("a", "b");
    Process victim =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                ShareVictim.class.getName(),
                shared.kafka.bootstrap(),
                shared.topics.prefix())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (var out =
        new BufferedReader(
            new InputStreamReader(victim.getInputStream(), StandardCharsets.UTF_8))) {
      assertThat(out.readLine()).startsWith("holds ");
      assertThat(out.readLine()).startsWith("holds ");
    } finally {
      victim.destroyForcibly().waitFor();
    }
    shared.start(1, 4, delivery -> done.add(delivery.value() + delivery.deliveryCount()));
    await().atMost(PATIENCE).until(() -> done.size() == 2);
    assertThat(done).containsExactlyInAnyOrder("a2", "b2");
  }

  @Test
  void what_is_away_for_a_while_costs_no_delivery() {
    var tries = new AtomicInteger();
    var loop =
        shared.start(
            1,
            1,
            delivery -> {
              if (tries.incrementAndGet() <= 6) { // twice the deliveries allowed
                throw new RetriableException("the scorer is away", null);
              }
              done.add(delivery.value() + delivery.deliveryCount());
            });
    shared.push("a");
    await().atMost(PATIENCE).until(() -> loop.health() instanceof StageHealth.Degraded);
    await().atMost(PATIENCE).until(() -> done.size() == 1);
    assertThat(done).containsExactly("a1");
    await().atMost(PATIENCE).until(() -> loop.health().isReady());
    assertThat(shared.deadLetters()).isEmpty();
  }

  @Test
  void record_that_fails_every_time_becomes_a_dead_letter_with_its_reason() {
    var tries = new AtomicInteger();
    var givenUp = new ConcurrentLinkedQueue<String>();
    shared.start(
        1,
        4,
        new ShareLoop.Handler<String>() {
          @Override
          public void handle(ShareDelivery<String> delivery) {
            if (delivery.value().equals("bad")) {
              tries.incrementAndGet();
              throw new IllegalStateException("broken");
            }
            if (delivery.value().equals("poison")) {
              throw new PoisonedRecordException("no-prompt", "nothing to do", null);
            }
            done.add(delivery.value());
          }

          @Override
          public void giveUp(ShareDelivery<String> delivery, String reason, String error) {
            givenUp.add(delivery.value() + " " + reason);
          }
        });
    shared.push("good", "bad", "poison", null, "fine");
    await().atMost(PATIENCE).until(() -> shared.deadLetters().size() == 3);
    assertThat(shared.deadLetters())
        .containsExactlyInAnyOrder("bad processor-failed", "poison no-prompt", "- empty-record");
    assertThat(tries).hasValue(3);
    assertThat(givenUp).containsExactlyInAnyOrder("bad processor-failed", "poison no-prompt");
    assertThat(done).containsExactlyInAnyOrder("good", "fine");
  }

  @Test
  void work_on_a_record_is_a_span_of_its_trace_which_its_dead_letter_goes_on_with() {
    String trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    String parent = "00f067aa0ba902b7";
    shared.start(
        1,
        4,
        delivery -> {
          throw new PoisonedRecordException("no-prompt", "nothing to do", null);
        });
    shared.pushTraced("poison", "00-" + trace + "-" + parent + "-01");
    await().atMost(PATIENCE).until(() -> !shared.spans.getFinishedSpanItems().isEmpty());

    var span = shared.spans.getFinishedSpanItems().getFirst();
    assertThat(span.getName()).isEqualTo("process " + shared.topic.name());
    assertThat(span.getTraceId()).isEqualTo(trace);
    assertThat(span.getParentSpanId()).isEqualTo(parent);
    assertThat(span.getStatus().getDescription()).isEqualTo("no-prompt");
    var letter = shared.letters().getFirst();
    assertThat(DeadLetter.header(letter.headers(), "traceparent")).contains(trace);
  }

  @Test
  void record_whose_workers_all_died_becomes_a_dead_letter() {
    shared.push("a");
    for (int i = 1; i <= 3; i++) {
      int delivery = i;
      var loop =
          shared.start(
              1,
              1,
              d -> {
                done.add(d.value() + d.deliveryCount());
                new CountDownLatch(1).await();
              });
      await().atMost(PATIENCE).until(() -> done.contains("a" + delivery));
      loop.close(); // gives the record back unfinished, as the broker does for the dead
    }
    shared.start(1, 1, d -> done.add("tried again"));
    await().atMost(PATIENCE).until(() -> !shared.deadLetters().isEmpty());
    assertThat(shared.deadLetters()).containsExactly("a delivered-too-often");
    assertThat(done).containsExactly("a1", "a2", "a3");
  }

  @Test
  void drain_finishes_what_is_in_hand_and_takes_nothing_new() {
    var begun = new CountDownLatch(2);
    var goOn = new CountDownLatch(1);
    var loop =
        shared.start(
            2,
            1,
            delivery -> {
              begun.countDown();
              goOn.await();
              done.add(delivery.value());
            });
    shared.push("a", "b", "c");
    await().atMost(PATIENCE).until(() -> begun.getCount() == 0);
    assertThat(loop.drain(Duration.ofMillis(50))).isFalse();
    goOn.countDown();
    assertThat(loop.drain(Duration.ofSeconds(20))).isTrue();
    assertThat(done).hasSize(2);
    assertThat(shared.counted("accepted")).isEqualTo(2);
    shared.start(1, 1, delivery -> done.add(delivery.value()));
    await().atMost(PATIENCE).until(() -> done.size() == 3);
    assertThat(done).containsExactlyInAnyOrder("a", "b", "c");
  }
}
