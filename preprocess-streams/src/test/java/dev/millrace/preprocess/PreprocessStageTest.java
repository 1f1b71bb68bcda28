package dev.millrace.preprocess;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.contracts.avro.ActionKind;
import dev.millrace.contracts.avro.ChunkOutcome;
import dev.millrace.contracts.avro.ChunkedDocument;
import dev.millrace.devstack.ServerKind;
import dev.millrace.models.embedding.WordTokens;
import dev.millrace.preprocess.parse.Samples;
import dev.millrace.runtime.DeadLetter;
import dev.millrace.runtime.control.Gate;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class PreprocessStageTest {

  private static final Duration SOON = Duration.ofSeconds(60);

  private static PreprocessStage stage(StreamClient client) {
    var stage = new PreprocessStage(client.context, new WordTokens());
    stage.start();
    return stage;
  }

  private static String outcome(ChunkedDocument result) {
    return result.getReason() == null ? result.getOutcome().name() : result.getReason();
  }

  @Test
  void good_and_bad_documents_each_get_their_outcome(Servers servers) {
    var quick = Map.of("millrace.documents.max-bytes", "1000000");
    try (var client = new StreamClient(servers.endpoints(), servers.uniquePrefix(), quick);
        var stage = stage(client)) {
      client.send("page", "<h1>Mill</h1><p>It turns.</p>".getBytes(UTF_8), "page.html");
      client.send("pdf", Samples.pdf("A page of a book"), "book.pdf");
      client.send("locked", Samples.pdf("A page of a book", "key"), "locked.pdf");
      client.send("cut", Arrays.copyOf(Samples.pdf("A page"), 300), "cut.pdf");
      client.send("large", new byte[2_000_000], "large.txt");
      client.send("none", new byte[0], "none.txt");
      client.sendBytes("poison", "not avro".getBytes(UTF_8));
      client.sendBytes("gone", null);
      client.send("last", "The stream goes on.");
      client.flush();

      await().atMost(SOON).until(() -> client.poll() >= 9 && client.deadLetters.size() >= 4);

      assertThat(
              client.results.stream()
                  .collect(
                      Collectors.toMap(
                          ChunkedDocument::getDocumentId, PreprocessStageTest::outcome)))
          .containsExactlyInAnyOrderEntriesOf(
              Map.of(
                  "page", "CHUNKED",
                  "pdf", "CHUNKED",
                  "locked", "encrypted",
                  "cut", "corrupt",
                  "large", "too-large",
                  "none", "empty",
                  "poison", "not-wire-format",
                  "gone", "DELETED",
                  "last", "CHUNKED"));
      assertThat(client.last("pdf").getText()).isEqualTo("A page of a book");
      assertThat(client.last("pdf").getTitle()).isEqualTo("book");
      assertThat(
              client.deadLetters.stream()
                  .map(letter -> DeadLetter.header(letter.headers(), DeadLetter.REASON)))
          .containsExactlyInAnyOrder("encrypted", "corrupt", "too-large", "not-wire-format");
      await().atMost(SOON).until(() -> stage.health().isReady());
    }
  }

  @Test
  void a_restart_goes_on_where_the_stage_stopped_and_repeats_nothing(Servers servers) {
    try (var client = new StreamClient(servers.endpoints(), servers.uniquePrefix(), Map.of())) {
      IntStream.range(0, 100).forEach(i -> client.send("a" + i, "Document number " + i + "."));
      client.flush();
      try (var first = stage(client)) {
        await().atMost(SOON).until(() -> client.poll() >= 10);
        assertThat(first.drain(Duration.ofSeconds(20))).isTrue();
      }
      IntStream.range(0, 100).forEach(i -> client.send("b" + i, "Document number " + i + "."));
      client.flush();
      long restarted = System.nanoTime();
      try (var second = stage(client)) {
        await().atMost(SOON).until(() -> client.poll() >= 200);
        assertThat(Duration.ofNanos(System.nanoTime() - restarted))
            .as("static membership: no wait for the session timeout")
            .isLessThan(Duration.ofSeconds(25));
        client.poll();
        assertThat(client.results).hasSize(200);
        assertThat(client.results.stream().map(ChunkedDocument::getDocumentId).distinct())
            .hasSize(200);
      }
    }
  }

  @Test
  void a_paused_stream_writes_nothing_and_stays_in_its_group_over_a_restart(Servers servers)
      throws Exception {
    try (var client = new StreamClient(servers.endpoints(), servers.uniquePrefix(), Map.of())) {
      client.context.controls().start();
      Gate gate = client.context.controls().gate("preprocess");
      try (var first = stage(client)) {
        client.send("a", "Before the pause.");
        await().atMost(SOON).until(() -> client.poll() == 1);
        client.order(ActionKind.PAUSE);
        await().atMost(SOON).until(() -> !gate.isOpen());
        // The stream looks at its gate ten times a second.
        await().pollDelay(Duration.ofSeconds(1)).until(() -> true);
        client.send("b", "While it is paused.");
        client.flush();
        await().during(Duration.ofSeconds(3)).until(() -> client.poll() == 1);
        assertThat(client.members()).isPositive();
        assertThat(first.health().isReady()).isTrue();
      }
      try (var second = stage(client)) {
        await().atMost(SOON).until(() -> second.health().isReady());
        await().during(Duration.ofSeconds(3)).until(() -> client.poll() == 1);

        client.order(ActionKind.RESUME);

        await().atMost(SOON).until(() -> client.poll() == 2);
        assertThat(client.last("b").getOutcome()).isEqualTo(ChunkOutcome.CHUNKED);
      }
    }
  }

  @Test
  void a_transaction_that_a_killed_process_left_open_is_ended_at_once(Servers servers)
      throws Exception {
    try (var client = new StreamClient(servers.endpoints(), servers.uniquePrefix(), Map.of());
        var killed = client.zombie("local")) {
      killed.initTransactions();
      killed.beginTransaction();
      for (int partition = 0; partition < 2; partition++) {
        killed
            .send(
                new ProducerRecord<>(
                    client.topics.chunks().name(), partition, new byte[] {1}, new byte[] {1}))
            .get();
      }
      client.send("a", "Written after the crash.");
      client.flush();
      long restarted = System.nanoTime();
      try (var stage = stage(client)) {
        await().atMost(SOON).until(() -> client.poll() >= 1);
        assertThat(stage.name()).isEqualTo("preprocess");
      }
      assertThat(Duration.ofNanos(System.nanoTime() - restarted))
          .as("readers do not wait for the transaction's timeout of 60 s")
          .isLessThan(Duration.ofSeconds(30));
      assertThat(client.last("a").getOutcome()).isEqualTo(ChunkOutcome.CHUNKED);
    }
  }

  @Test
  void a_result_that_the_broker_refuses_is_rejected_and_the_stream_goes_on(Servers servers)
      throws Exception {
    try (var client = new StreamClient(servers.endpoints(), servers.uniquePrefix(), Map.of());
        var stage = stage(client)) {
      client.send("before", "A short text.");
      client.flush();
      await().atMost(SOON).until(() -> client.poll() >= 1);

      client.limitChunkRecords(20_000); // after the stage has looked at it
      client.send("large", noise(100_000));
      client.send("after", "Another short text.");
      client.flush();

      await().atMost(SOON).until(() -> client.poll() >= 3);
      assertThat(outcome(client.last("large"))).isEqualTo("too-large");
      assertThat(outcome(client.last("after"))).isEqualTo("CHUNKED");
      assertThat(client.results).hasSize(3);
      await().atMost(SOON).until(() -> stage.health().isReady());
    }
  }

  @Test
  void while_the_registry_is_away_the_stream_waits_in_its_group_and_loses_nothing(Servers servers)
      throws Exception {
    try (var registry = new LocalRegistry()) {
      var settings =
          Map.of(
              "millrace.registry.urls", registry.address().toString(),
              "millrace.registry.deadline", "200ms",
              "millrace.preprocess.registry-patience", "500ms");
      try (var client = new StreamClient(servers.endpoints(), servers.uniquePrefix(), settings)) {
        client.send("a", "Sent while the registry was there.");
        client.flush();
        registry.setAway(true);
        try (var stage = stage(client)) {
          await()
              .atMost(SOON)
              .until(() -> stage.health().describe().contains("registry does not answer"));
          // Long enough for several tries that are rolled back.
          await().during(Duration.ofSeconds(4)).atMost(SOON).until(() -> client.poll() == 0);

          registry.setAway(false);

          await().atMost(SOON).until(() -> client.poll() >= 1);
          assertThat(client.last("a").getOutcome()).isEqualTo(ChunkOutcome.CHUNKED);
          assertThat(client.results).hasSize(1);
          assertThat(client.deadLetters).isEmpty();
          await().atMost(SOON).until(() -> stage.health().isReady());
        }
      }
    }
  }

  /** Text that does not compress. */
  private static String noise(int length) {
    var random = new Random(1);
    var text = new StringBuilder();
    while (text.length() < length) {
      text.append(Long.toString(random.nextLong() >>> 1, 36)).append(' ');
    }
    return text.toString();
  }
}
