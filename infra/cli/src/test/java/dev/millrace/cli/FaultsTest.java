package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.devstack.ServerKind;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Processes and servers die while documents stream in; afterwards the index holds exactly what an
 * undisturbed run of the same records left: the same chunks of the same revisions of the same
 * documents, and no group lags.
 */
@WithServers
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FaultsTest {

  private static final int DOCUMENTS = 240;
  private static final Duration RESTART = Duration.ofSeconds(60);

  private final Servers servers;

  /** Kept after the test, for the processes' logs. */
  private final Path folder = Path.of("target", "faults").toAbsolutePath();

  private Set<String> undisturbed;

  FaultsTest(Servers servers) {
    this.servers = servers;
  }

  @FunctionalInterface
  private interface Fault {
    void strike(DocumentSystem system) throws Exception;
  }

  @BeforeAll
  void run_undisturbed() throws Exception {
    undisturbed = run(system -> {});
    assertThat(undisturbed).hasSizeGreaterThan(DOCUMENTS / 2);
  }

  @Test
  void embed_killed_in_mid_bulk_loses_and_repeats_nothing() throws Exception {
    assertThat(
            run(
                system -> {
                  awaitHalfway(system);
                  system.kill("embed");
                  system.start("embed");
                }))
        .isEqualTo(undisturbed);
  }

  @Test
  void preprocess_killed_in_mid_transaction_loses_and_repeats_nothing() throws Exception {
    assertThat(
            run(
                system -> {
                  awaitHalfway(system);
                  system.kill("preprocess");
                  system.start("preprocess");
                }))
        .isEqualTo(undisturbed);
  }

  @Test
  void the_stream_waits_out_twenty_seconds_without_opensearch() throws Exception {
    var openSearch = servers.own(ServerKind.OPENSEARCH);
    assertThat(
            run(
                system -> {
                  awaitHalfway(system);
                  openSearch.stop();
                  TimeUnit.SECONDS.sleep(20); // the outage itself
                  openSearch.start(RESTART);
                }))
        .isEqualTo(undisturbed);
  }

  @Test
  void the_stream_goes_on_after_the_broker_was_restarted() throws Exception {
    var kafka = servers.own(ServerKind.KAFKA);
    assertThat(
            run(
                system -> {
                  awaitHalfway(system);
                  kafka.kill();
                  kafka.start(RESTART);
                }))
        .isEqualTo(undisturbed);
  }

  private static void awaitHalfway(DocumentSystem system) {
    Awaitility.await("some chunks, not all")
        .atMost(RESTART)
        .pollInterval(Duration.ofMillis(20))
        .ignoreExceptions()
        .until(() -> system.chunks() > DOCUMENTS / 8);
  }

  private Set<String> run(Fault fault) throws Exception {
    try (var system = new DocumentSystem(servers.endpoints(), servers.uniquePrefix(), folder)) {
      var striker =
          Thread.ofPlatform()
              .name("fault")
              .start(
                  () -> {
                    try {
                      fault.strike(system);
                    } catch (Exception e) {
                      throw new IllegalStateException(e);
                    }
                  });
      pushAll(system);
      system.flush();
      striker.join(Duration.ofMinutes(3));
      assertThat(striker.isAlive()).isFalse();
      system.awaitNoLag();
      return system.index();
    }
  }

  /** The same records in the same order every time: additions, changes and deletions. */
  private static void pushAll(DocumentSystem system) throws InterruptedException {
    var random = new Random(11);
    for (int i = 0; i < DOCUMENTS; i++) {
      system.push("doc-" + i, text(random, i));
      if (i % 5 == 4) {
        system.push("doc-" + (i - 3), text(random, i));
      }
      if (i % 10 == 9) {
        system.delete("doc-" + (i - 7));
      }
      TimeUnit.MILLISECONDS.sleep(15); // a stream, not one batch: the fault strikes in its middle
    }
  }

  private static String text(Random random, int i) {
    var text = new StringBuilder("Document number " + i + ". ");
    for (int sentence = 0; sentence < 30; sentence++) {
      text.append("The");
      for (int word = 0; word < 10; word++) {
        text.append(" term").append(random.nextInt(1500));
      }
      text.append(sentence % 6 == 5 ? ".\n\n" : ". ");
    }
    return text.toString();
  }
}
