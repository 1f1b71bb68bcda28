package dev.millrace.embed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.contracts.avro.ChunkedDocument;
import dev.millrace.contracts.avro.Indexed;
import dev.millrace.devstack.RunningServer;
import dev.millrace.devstack.ServerKind;
import dev.millrace.runtime.StageHealth;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@WithServers
class FaultsTest {

  private static final Duration AWAY = Duration.ofSeconds(20);
  private static final Duration LONG = Duration.ofSeconds(90);

  private Installation installation;

  @AfterEach
  void remove() throws IOException {
    if (installation != null) { // null where there is no server to stop: skipped
      installation.close();
    }
  }

  @Test
  void a_worker_killed_again_and_again_leaves_what_an_undisturbed_one_leaves(Servers servers)
      throws IOException, InterruptedException {
    installation =
        new Installation(
            servers, Map.of("millrace.embed.records", "7", "millrace.instance", "killed"));
    List<ChunkedDocument> log = log(240);
    installation.push(log.toArray(ChunkedDocument[]::new));

    for (int kill = 1; kill <= 3; kill++) {
      Process worker = EmbedProcess.start(installation.values());
      int goal = installation.reports().size() + 30;
      await().atMost(LONG).until(() -> installation.reports().size() >= goal);
      worker.destroyForcibly().waitFor();
    }
    Process last = EmbedProcess.start(installation.values());
    try {
      awaitAll(log);
    } finally {
      last.destroyForcibly().waitFor();
    }

    assertThat(installation.state()).isEqualTo(undisturbed(log));
  }

  @Test
  void opensearch_away_for_twenty_seconds_costs_time_only(Servers servers)
      throws IOException, InterruptedException {
    RunningServer opensearch = servers.own(ServerKind.OPENSEARCH);
    installation = new Installation(servers, Map.of("millrace.embed.records", "5"));
    List<ChunkedDocument> log = log(200);
    EmbedStage stage = installation.start();
    installation.push(log.subList(0, 100).toArray(ChunkedDocument[]::new));
    await().atMost(LONG).until(() -> !installation.reports().isEmpty());

    opensearch.kill();
    long killed = System.nanoTime();
    installation.push(log.subList(100, 200).toArray(ChunkedDocument[]::new));
    await()
        .atMost(LONG)
        .untilAsserted(() -> assertThat(stage.health()).isInstanceOf(StageHealth.Degraded.class));
    await().atMost(LONG).until(() -> System.nanoTime() - killed > AWAY.toNanos());
    assertThat(stage.health().describe()).contains("OpenSearch at").contains("not reachable");
    opensearch.start(Duration.ofSeconds(90));

    awaitAll(log);
    assertThat(installation.state()).isEqualTo(undisturbed(log));
    assertThat(installation.deadLetters()).isEmpty();
    assertThat(stage.health().isReady()).isTrue();
  }

  @Test
  void opensearch_away_at_the_start_is_waited_for_in_one_line(Servers servers) {
    installation =
        new Installation(servers, Map.of("millrace.opensearch.urls", "http://127.0.0.1:9"));

    EmbedStage stage = installation.start();

    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () ->
                assertThat(stage.health().describe())
                    .startsWith("starting: OpenSearch at http://127.0.0.1:9 is not reachable")
                    .doesNotContain("\n"));
    assertThat(stage.health().isReady()).isFalse();
  }

  /** Documents in several revisions, some deleted, some rejected, some back again. */
  private static List<ChunkedDocument> log(int length) {
    var random = new Random(5);
    List<ChunkedDocument> log = new ArrayList<>();
    for (int revision = 0; revision < length; revision++) {
      String id = "doc-" + random.nextInt(length / 4);
      int kind = random.nextInt(10);
      if (kind == 0) {
        log.add(Documents.deleted(id, revision));
      } else if (kind == 1) {
        log.add(Documents.rejected(id, revision, "too-short"));
      } else {
        String[] paragraphs = new String[1 + random.nextInt(8)];
        for (int i = 0; i < paragraphs.length; i++) {
          paragraphs[i] = "Paragraph " + random.nextInt(20) + " of " + id;
        }
        log.add(Documents.indexed(id, revision, paragraphs));
      }
    }
    return log;
  }

  private static java.util.Set<String> undisturbed(List<ChunkedDocument> log) {
    Map<String, ChunkedDocument> newest =
        log.stream().collect(Collectors.toMap(ChunkedDocument::getDocumentId, d -> d, (a, b) -> b));
    return Installation.stateOf(newest.values().toArray(ChunkedDocument[]::new));
  }

  /** Every revision is reported, not only the newest. */
  private void awaitAll(List<ChunkedDocument> log) {
    var wanted = log.stream().map(d -> d.getDocumentId() + "@" + d.getRevision()).toList();
    await()
        .atMost(LONG)
        .untilAsserted(
            () ->
                assertThat(installation.reports())
                    .extracting(FaultsTest::name)
                    .containsAll(wanted));
  }

  private static String name(Indexed report) {
    return report.getDocumentId() + "@" + report.getRevision();
  }
}
