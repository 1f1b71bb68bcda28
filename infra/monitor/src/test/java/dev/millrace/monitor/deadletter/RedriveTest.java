package dev.millrace.monitor.deadletter;

import static dev.millrace.monitor.MonitorFixture.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.avro.IndexOutcome;
import dev.millrace.contracts.avro.Indexed;
import dev.millrace.contracts.avro.OperatorAction;
import dev.millrace.devstack.DevStackEndpoints;
import dev.millrace.devstack.ServerKind;
import dev.millrace.monitor.MonitorFixture;
import dev.millrace.monitor.action.Actor;
import dev.millrace.monitor.lag.GroupKind;
import dev.millrace.monitor.lag.GroupLag;
import dev.millrace.monitor.lag.LagSnapshot;
import dev.millrace.monitor.lag.PartitionLag;
import dev.millrace.monitor.lag.TopicLag;
import dev.millrace.runtime.tracing.Tracing;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class RedriveTest {

  private static final Actor ANN = new Actor("ann", "console");

  private final DevStackEndpoints servers;
  private final MonitorFixture fixture;
  private final String documents;
  private final String tasks;
  private final DeadLetterDesk desk;
  private LagSnapshot lag = LagSnapshot.NOTHING;

  RedriveTest(Servers servers) {
    this.servers = servers.endpoints();
    fixture = MonitorFixture.provisioned(this.servers, servers.uniquePrefix());
    documents = fixture.context.topics().documents().name();
    tasks = fixture.context.topics().rolloutTasks().name();
    desk = DeadLetterDesk.open(fixture.context, () -> lag);
  }

  @AfterEach
  void close() {
    desk.close();
    fixture.close();
  }

  private List<String> values(String topic) {
    return fixture.committed(topic).stream()
        .map(record -> new String(record.value(), StandardCharsets.UTF_8))
        .toList();
  }

  private static LetterId id(long offset) {
    return new LetterId(0, offset);
  }

  @Test
  void letters_are_shown_newest_first_page_by_page_with_all_that_they_say() {
    for (int i = 0; i < 7; i++) {
      fixture.letter(documents, "doc-" + i, "value " + i, i % 2 == 0 ? "corrupt" : "too-large");
    }

    var page = desk.shelf().page(LetterFilter.ALL, Map.of(), 3);
    var second = desk.shelf().page(LetterFilter.ALL, page.next(), 3);
    var third = desk.shelf().page(LetterFilter.ALL, second.next(), 3);

    assertThat(page.letters()).extracting(Letter::key).containsExactly("doc-6", "doc-5", "doc-4");
    assertThat(second.letters()).extracting(Letter::key).containsExactly("doc-3", "doc-2", "doc-1");
    assertThat(third.letters()).extracting(Letter::key).containsExactly("doc-0");
    assertThat(third.next()).isEmpty();
    Letter letter = page.letters().getFirst();
    assertThat(letter.origin()).isEqualTo(documents);
    assertThat(letter.stage()).isEqualTo("preprocess");
    assertThat(letter.reason()).isEqualTo("corrupt");
    assertThat(letter.error()).isEqualTo("broken");
    assertThat(letter.valueBytes()).isEqualTo(7);
    var corrupt =
        new LetterFilter(Optional.empty(), Optional.of("corrupt"), Optional.empty(), false);
    assertThat(desk.shelf().page(corrupt, Map.of(), 10).letters()).hasSize(4);
    var opened = desk.shelf().open(letter.id()).orElseThrow();
    assertThat(opened.value()).isEqualTo(bytes("value 6"));
    assertThat(opened.headers()).contains(new Letter.NamedValue("tenant", "blue"));
    assertThat(desk.shelf().open(id(7))).isEmpty();
  }

  @Test
  void letter_goes_back_as_it_was_once_and_tells_who_sent_it() {
    fixture.letter(tasks, "t-1", "poison", "not-wire-format");

    Outcome first = desk.redriver().redrive(List.of(id(0)), ANN, false).getFirst();
    Outcome again = desk.redriver().redrive(List.of(id(0)), ANN, false).getFirst();

    assertThat(first).isInstanceOf(Outcome.Sent.class);
    assertThat(again).isInstanceOf(Outcome.Already.class);
    assertThat(values(tasks)).containsExactly("poison", "poison");
    var record = fixture.committed(tasks).getLast();
    assertThat(record.key()).isEqualTo(bytes("t-1"));
    assertThat(record.headers().lastHeader("tenant").value()).isEqualTo(bytes("blue"));
    assertThat(record.headers().lastHeader("traceparent").value())
        .isEqualTo(bytes(MonitorFixture.TRACEPARENT));
    assertThat(record.headers().lastHeader("mr-reason")).isNull();
    assertThat(
            new String(record.headers().lastHeader("mr-redrive").value(), StandardCharsets.UTF_8))
        .endsWith("dead-letters-0@0");
    OperatorAction action = desk.log().newest(10).getFirst();
    assertThat(action.getActor()).isEqualTo("ann");
    assertThat(action.getVia()).isEqualTo("console");
    assertThat(action.getOffset()).isEqualTo(record.offset());
    assertThat(action.getDetail()).containsEntry("reason", "not-wire-format");
    assertThat(desk.shelf().page(LetterFilter.ALL, Map.of(), 1).letters().getFirst().redriven())
        .isPresent();
  }

  @Test
  void redrive_is_a_part_of_the_letters_own_trace() {
    fixture.letter(tasks, "t-1", "poison", "not-wire-format");
    var spans = InMemorySpanExporter.create();
    try (var traced = DeadLetterDesk.open(fixture.context.with(Tracing.into(spans)), () -> lag)) {
      traced.redriver().redrive(List.of(id(0)), ANN, false);
    }

    var span = spans.getFinishedSpanItems().getFirst();
    assertThat(span.getName()).isEqualTo("send " + tasks);
    assertThat(span.getTraceId()).isEqualTo(MonitorFixture.TRACE);
    assertThat(span.getParentSpanId()).isEqualTo("00f067aa0ba902b7");
    assertThat(fixture.committed(tasks).getLast().headers().lastHeader("traceparent").value())
        .isEqualTo(bytes("00-" + MonitorFixture.TRACE + "-" + span.getSpanId() + "-01"));
  }

  @Test
  void killed_in_the_middle_and_repeated_each_letter_comes_through_once() throws Exception {
    int letters = 400;
    for (int i = 0; i < letters; i++) {
      fixture.letter(tasks, "t-" + i, "value " + i, "processor-failed");
    }
    Process victim =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                RedriveProcess.class.getName(),
                servers.kafkaBootstrap(),
                servers.registry().toString(),
                fixture.prefix,
                String.valueOf(letters))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(2))
          .until(() -> end(tasks) > letters + 30);
    } finally {
      victim.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
    }
    List<LetterId> all = new ArrayList<>();
    for (int i = 0; i < letters; i++) {
      all.add(id(i));
    }

    List<Outcome> outcomes = desk.redriver().redrive(all, ANN, false);

    long already = outcomes.stream().filter(Outcome.Already.class::isInstance).count();
    assertThat(already).isBetween(20L, letters - 1L);
    assertThat(outcomes).hasSize(letters);
    // A commit is answered before its markers are written: readers see it a moment later.
    Awaitility.await().until(() -> desk.log().since(0).size() == letters);
    Awaitility.await().until(() -> values(tasks).size() == 2 * letters);
    Map<String, Long> seen =
        values(tasks).stream().collect(Collectors.groupingBy(v -> v, Collectors.counting()));
    assertThat(seen).hasSize(letters).allSatisfy((value, count) -> assertThat(count).isEqualTo(2));
    assertThat(desk.log().since(0)).hasSize(letters);
  }

  private long end(String topic) throws Exception {
    long end = 0;
    Map<TopicPartition, OffsetSpec> partitions = new HashMap<>();
    for (int i = 0; i < 2; i++) {
      partitions.put(new TopicPartition(topic, i), OffsetSpec.latest());
    }
    for (var info : fixture.admin.listOffsets(partitions).all().get().values()) {
      end += info.offset();
    }
    return end;
  }

  @Test
  void two_who_redrive_the_same_at_once_send_it_once() throws Exception {
    int letters = 60;
    List<LetterId> all = new ArrayList<>();
    for (int i = 0; i < letters; i++) {
      fixture.letter(tasks, "t-" + i, "value " + i, "processor-failed");
      all.add(id(i));
    }
    try (var other = DeadLetterDesk.open(fixture.context, () -> lag)) {
      var one = CompletableFuture.runAsync(() -> tryTo(desk, all));
      var two = CompletableFuture.runAsync(() -> tryTo(other, all));
      one.get(60, TimeUnit.SECONDS);
      two.get(60, TimeUnit.SECONDS);
    }
    desk.redriver().redrive(all, ANN, false);

    Awaitility.await()
        .untilAsserted(
            () -> {
              assertThat(values(tasks)).hasSize(2 * letters);
              assertThat(desk.log().since(0)).hasSize(letters);
            });
  }

  private static void tryTo(DeadLetterDesk desk, List<LetterId> letters) {
    try {
      desk.redriver().redrive(letters, ANN, false);
    } catch (KafkaException e) {
      assertThat(e).as("shut out by the other one").hasMessageContaining("fenced");
    }
  }

  @Test
  void old_state_does_not_replace_newer_state_unless_told_to() {
    fixture.letter(documents, "doc", "old", "corrupt");
    fixture.letter(documents, "other", "lonely", "corrupt");
    long newer = fixture.write(documents, bytes("doc"), bytes("new")).offset();

    var outcomes = desk.redriver().redrive(List.of(id(0), id(1)), ANN, false);
    var forced = desk.redriver().redrive(List.of(id(0)), ANN, true);

    assertThat(outcomes.getFirst()).isEqualTo(new Outcome.Superseded(id(0), documents, newer));
    assertThat(outcomes.getLast()).isInstanceOf(Outcome.Sent.class);
    assertThat(forced.getFirst()).isInstanceOf(Outcome.Sent.class);
  }

  @Test
  void letter_that_cannot_go_back_is_left_with_the_reason() {
    fixture.letter(tasks, "t", "v", "corrupt");
    fixture.send(
        new org.apache.kafka.clients.producer.ProducerRecord<>(
            fixture.context.topics().deadLetters().name(), bytes("k"), bytes("no headers")));

    var outcomes = desk.redriver().redrive(List.of(id(1), id(99)), ANN, false);

    assertThat(outcomes)
        .extracting(Outcome::sentence)
        .containsExactly(
            "not sent: it does not say where it came from",
            "not sent: there is no such dead letter (any more)");
  }

  @Test
  void document_is_through_when_the_stream_reports_it_and_dead_again_when_it_is() {
    fixture.letter(documents, "doc", "poison", "corrupt");
    fixture.letter(documents, "doc-2", "poison", "corrupt");
    var sent = desk.redriver().redrive(List.of(id(0), id(1)), ANN, false);
    Redriven first = ((Outcome.Sent) sent.getFirst()).redriven();
    Redriven second = ((Outcome.Sent) sent.getLast()).redriven();
    assertThat(desk.passages().of(first).settled()).isFalse();

    var serde = new AvroSerde<>(fixture.context.registry(), fixture.context.topics().indexed());
    fixture.write(
        fixture.context.topics().indexed().name(),
        bytes("doc"),
        serde.write(
            Indexed.newBuilder()
                .setDocumentId("doc")
                .setRevision(first.offset())
                .setOutcome(IndexOutcome.INDEXED)
                .setChunks(3)
                .setSentAt(1)
                .setProcessedAt(2)
                .setIndexedAt(3)
                .build()));
    var letter =
        new dev.millrace.runtime.DeadLetter(
            documents,
            second.partition(),
            second.offset(),
            bytes("doc-2"),
            bytes("poison"),
            "preprocess",
            "corrupt",
            "again");
    fixture.send(
        new org.apache.kafka.clients.producer.ProducerRecord<>(
            fixture.context.topics().deadLetters().name(),
            null,
            bytes("doc-2"),
            bytes("poison"),
            letter.headers(new org.apache.kafka.common.header.internals.RecordHeaders())));

    assertThat(desk.passages().of(first)).isEqualTo(new Passage.Reported("INDEXED", "", 3));
    assertThat(desk.passages().of(second)).isInstanceOf(Passage.DeadAgain.class);
  }

  @Test
  void record_of_another_topic_is_through_when_its_living_readers_are_past_it() {
    fixture.letter(tasks, "t", "v", "corrupt");
    Redriven redriven =
        ((Outcome.Sent) desk.redriver().redrive(List.of(id(0)), ANN, false).getFirst()).redriven();

    lag = readers(redriven, redriven.offset());
    assertThat(desk.passages().of(redriven)).isEqualTo(new Passage.Waiting(List.of("alive")));
    lag = readers(redriven, redriven.offset() + 1);
    assertThat(desk.passages().of(redriven)).isEqualTo(new Passage.Through(List.of("alive")));
  }

  private static LagSnapshot readers(Redriven redriven, long position) {
    return new LagSnapshot(
        1,
        List.of(group("alive", "Stable", redriven, position), group("old", "Empty", redriven, 0)),
        List.of());
  }

  private static GroupLag group(String name, String state, Redriven redriven, long position) {
    var partition = new PartitionLag(redriven.partition(), position, 99, 0, 0, false, 0, 0, 0);
    return new GroupLag(
        name,
        GroupKind.SHARE,
        state,
        false,
        List.of(new TopicLag(redriven.topic(), 0, 0, false, 0, 0, false, 0, List.of(partition))));
  }
}
