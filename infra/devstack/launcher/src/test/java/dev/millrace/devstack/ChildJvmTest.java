package dev.millrace.devstack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildJvmTest {
  @TempDir Path folder;
  private final Queue<ChildDeath> deaths = new ConcurrentLinkedQueue<>();
  private Path marker;

  @BeforeEach
  void place_marker() {
    marker = folder.resolve("stopped");
  }

  @Test
  void stop_lets_the_child_run_its_shutdown_hooks() throws InterruptedException {
    try (ChildJvm child = start(Duration.ofSeconds(10), "run", marker.toString())) {
      child.awaitReady(isUp(), Duration.ofSeconds(20));

      child.stop();

      assertThat(child.isAlive()).isFalse();
      assertThat(marker).hasContent("stopped in order");
      assertThat(deaths).isEmpty();
    }
  }

  @Test
  void child_that_hangs_while_it_stops_is_halted_at_its_deadline() throws Exception {
    try (ChildJvm child = start(Duration.ofMillis(300), "hang-at-stop", marker.toString())) {
      child.awaitReady(isUp(), Duration.ofSeconds(20));

      child.stop();

      assertThat(child.onExit().get()).isEqualTo(137);
      assertThat(child.logTail()).contains("took over 300 ms, halting");
    }
  }

  @Test
  void unexpected_death_is_reported_once_with_the_log() throws InterruptedException {
    try (ChildJvm child = start(Duration.ofSeconds(10), "run", marker.toString())) {
      child.awaitReady(isUp(), Duration.ofSeconds(20));

      child.handle().destroyForcibly();

      await().atMost(Duration.ofSeconds(10)).until(() -> deaths.size() == 1);
      assertThat(deaths.element().sentence())
          .startsWith("fake ended unexpectedly: it was killed")
          .contains(folder.resolve("fake.log").toString())
          .doesNotContain("\n");
    }
  }

  @Test
  void full_disk_at_start_is_told_in_one_line() {
    try (ChildJvm child = start(Duration.ofSeconds(10), "fail", "No space left on device")) {
      assertThatThrownBy(() -> child.awaitReady(isUp(), Duration.ofSeconds(20)))
          .isInstanceOf(DevStackException.class)
          .hasMessageStartingWith("fake did not start: the disk is full; free some space")
          .hasMessageNotContaining("\n");
      assertThat(deaths).isEmpty();
    }
  }

  @Test
  void child_whose_main_throws_ends_though_its_threads_live() {
    try (ChildJvm child = start(Duration.ofSeconds(10), "throw-half-started")) {
      assertThatThrownBy(() -> child.awaitReady(isUp(), Duration.ofSeconds(20)))
          .hasMessageStartingWith("fake did not start: exit code 1");
      assertThat(child.logTail()).contains("half started");
    }
  }

  @Test
  void child_that_is_never_ready_says_what_was_missing() {
    try (ChildJvm child = start(Duration.ofSeconds(10), "run", marker.toString())) {
      ReadyProbe never = () -> Optional.of("no sign of life");
      assertThatThrownBy(() -> child.awaitReady(never, Duration.ofMillis(200)))
          .isInstanceOf(DevStackException.class)
          .hasMessageContaining("fake was not ready within 0.2 s: no sign of life");
    }
  }

  private ReadyProbe isUp() {
    return () -> Files.exists(folder.resolve("up")) ? Optional.empty() : Optional.of("not up");
  }

  private ChildJvm start(Duration stopDeadline, String... arguments) {
    ChildSpec spec =
        new ChildSpec(
            "fake",
            FakeServer.class.getName(),
            List.of("-Xmx32m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
            List.of(Path.of("target", "test-classes").toAbsolutePath().toString()),
            List.of(arguments),
            Map.of(),
            folder,
            folder.resolve("fake.log"),
            stopDeadline);
    return ChildJvm.start(ServerHome.locate(), spec, deaths::add);
  }
}
