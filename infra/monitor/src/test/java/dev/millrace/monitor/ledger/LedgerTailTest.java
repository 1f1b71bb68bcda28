package dev.millrace.monitor.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.devstack.ServerKind;
import dev.millrace.monitor.fixture.LogFixture;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class LedgerTailTest {

  private static final Duration NOW = Duration.ofMillis(300);

  private final LogFixture log;

  LedgerTailTest(Servers servers) {
    log = new LogFixture(servers);
  }

  @AfterEach
  void close() {
    log.close();
  }

  private void create() {
    log.create(List.of(log.context().topics().trainingLedger()));
  }

  private void write(String run, long step) {
    log.write(log.context().topics().trainingLedger(), run + "/" + step, entry(run, step));
  }

  static TrainingStep entry(String run, long step) {
    return TrainingStep.newBuilder()
        .setRun(run)
        .setStep(step)
        .setKind(step == 0 ? StepKind.START : StepKind.UPDATE)
        .setVersionBefore(step)
        .setVersionAfter(step)
        .setWeightsSha256("00")
        .setMetrics(Map.of())
        .setStartedAt(0)
        .setFinishedAt(0)
        .build();
  }

  @Test
  void it_follows_one_run_among_others_from_its_beginning() {
    create();
    write("a", 0);
    write("b", 0);
    write("a", 1);
    try (var tail = LedgerTail.of(log.context(), "a")) {
      List<Long> steps = new ArrayList<>();
      Awaitility.await().until(() -> read(tail, steps), List.of(0L, 1L)::equals);
      assertThat(tail.isAtEnd()).isTrue();
      assertThat(tail.poll(NOW)).isEmpty();

      write("b", 1);
      write("a", 2);

      Awaitility.await().until(() -> read(tail, steps), List.of(0L, 1L, 2L)::equals);
    }
  }

  private static List<Long> read(LedgerTail tail, List<Long> steps) {
    tail.poll(NOW).forEach(entry -> steps.add(entry.getStep()));
    return List.copyOf(steps);
  }

  @Test
  void it_may_begin_near_the_end() {
    create();
    for (int step = 0; step < 50; step++) {
      write("a", step);
    }
    try (var tail = LedgerTail.newest(log.context(), 3)) {
      List<Long> steps = new ArrayList<>();
      Awaitility.await().until(() -> read(tail, steps), List.of(47L, 48L, 49L)::equals);
    }
  }

  @Test
  void a_ledger_that_is_created_later_is_waited_for() {
    try (var tail = LedgerTail.all(log.context())) {
      assertThat(tail.poll(NOW)).isEmpty();
      assertThat(tail.isAtEnd()).isTrue();

      create();
      write("a", 0);

      List<Long> steps = new ArrayList<>();
      Awaitility.await().until(() -> read(tail, steps), List.of(0L)::equals);
    }
  }

  @Test
  void bytes_that_are_no_entry_are_passed_over() {
    create();
    String ledger = log.context().topics().trainingLedger().name();
    log.write(ledger, 0, "a/0".getBytes(StandardCharsets.UTF_8), new byte[] {1}, List.of());
    write("a", 1);
    try (var tail = LedgerTail.all(log.context())) {
      List<Long> steps = new ArrayList<>();
      Awaitility.await().until(() -> read(tail, steps), List.of(1L)::equals);
    }
  }
}
