package dev.millrace.ingest.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.devstack.ServerKind;
import dev.millrace.ingest.DocumentProducer;
import dev.millrace.ingest.DocumentRules;
import dev.millrace.ingest.RealLog;
import dev.millrace.ingest.source.Fault;
import dev.millrace.ingest.source.Globs;
import dev.millrace.ingest.source.PathSource;
import dev.millrace.ingest.source.SourceSettings;
import dev.millrace.ingest.source.Stamp;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class WatcherTest {

  private static final Duration QUIET = Duration.ofMillis(150);
  private static final WatchSettings CLOCKS =
      new WatchSettings(
          QUIET,
          Duration.ofMinutes(5),
          Duration.ofSeconds(1),
          Duration.ofMillis(100),
          Duration.ofSeconds(1),
          Duration.ofSeconds(20));

  @TempDir Path docs;
  @TempDir Path state;

  private final List<Tally> passes = new CopyOnWriteArrayList<>();
  private final List<String> told = new CopyOnWriteArrayList<>();
  private final ExecutorService executor = Executors.newSingleThreadExecutor();
  private RealLog log;
  private DocumentProducer producer;
  private Journal journal;
  private Watcher watcher;
  private Future<?> running;

  @BeforeEach
  void start(Servers servers) throws IOException {
    log = new RealLog(servers);
    producer = log.producer();
    journal = Journal.open(state, producer.destination());
    Files.writeString(docs.resolve("a.txt"), "A");
    Files.createDirectory(docs.resolve("sub"));
    Files.writeString(docs.resolve("sub/b.txt"), "B");
    var observer =
        new PushObserver() {
          @Override
          public void fault(Fault fault) {
            told.add(fault.toString());
          }
        };
    watcher = new Watcher(producer, journal, CLOCKS, observer);
    var settings =
        new SourceSettings(
            SourceSettings.Format.AUTO, Globs.ALL, Stamp.NONE, new DocumentRules(), QUIET);
    running =
        executor.submit(
            () -> {
              watcher.run(
                  List.of(new PathSource(docs, settings)),
                  false,
                  (tally, took) -> passes.add(tally));
              return null;
            });
  }

  @AfterEach
  void stop() throws Exception {
    watcher.stop();
    running.get(20, TimeUnit.SECONDS);
    executor.shutdownNow();
    journal.close();
    producer.close();
    log.close();
  }

  @Test
  void the_log_follows_the_folder_through_additions_changes_and_deletions() throws IOException {
    until(Map.of("a.txt", "A", "sub/b.txt", "B"));
    Files.writeString(docs.resolve("a.txt"), "A2");
    until(Map.of("a.txt", "A2", "sub/b.txt", "B"));
    Files.createDirectories(docs.resolve("new/deep"));
    Files.writeString(docs.resolve("new/deep/c.txt"), "C");
    until(Map.of("a.txt", "A2", "sub/b.txt", "B", "new/deep/c.txt", "C"));
    Files.delete(docs.resolve("sub/b.txt"));
    Files.delete(docs.resolve("sub"));
    Files.move(docs.resolve("new"), docs.resolve("moved"));
    until(Map.of("a.txt", "A2", "moved/deep/c.txt", "C"));
    Files.writeString(docs.resolve("moved/deep/d.jsonl"), "{\"id\":\"d\",\"text\":\"D\"}\n");
    until(Map.of("a.txt", "A2", "moved/deep/c.txt", "C", "d", "D"));
    Files.writeString(docs.resolve("moved/e.txt"), "E");
    until(Map.of("a.txt", "A2", "moved/deep/c.txt", "C", "d", "D", "moved/e.txt", "E"));
    Files.delete(docs.resolve("moved/deep/d.jsonl"));
    until(Map.of("a.txt", "A2", "moved/deep/c.txt", "C", "moved/e.txt", "E"));
    assertThat(told).isEmpty();
  }

  @Test
  void a_file_is_read_when_its_writer_has_paused_not_before() throws IOException {
    until(Map.of("a.txt", "A", "sub/b.txt", "B"));
    var text = new StringBuilder();
    await()
        .pollInterval(Duration.ofMillis(40))
        .atMost(Duration.ofSeconds(20))
        .until(
            () -> {
              text.append("line\n");
              Files.writeString(docs.resolve("growing.txt"), text);
              return text.length() >= 100;
            });
    until(Map.of("a.txt", "A", "sub/b.txt", "B", "growing.txt", "line\n".repeat(20)));
    assertThat(log.records().stream().filter(r -> r.key().equals("growing.txt")).count())
        .isLessThanOrEqualTo(3);
  }

  @Test
  void a_fault_that_stays_is_told_once() throws IOException {
    Files.createSymbolicLink(docs.resolve("broken"), docs.resolve("nowhere"));
    until(Map.of("a.txt", "A", "sub/b.txt", "B"));
    Files.writeString(docs.resolve("c.txt"), "C");
    until(Map.of("a.txt", "A", "sub/b.txt", "B", "c.txt", "C"));
    assertThat(told).hasSize(1);
  }

  private void until(Map<String, String> expected) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(log.state()).isEqualTo(expected));
  }
}
