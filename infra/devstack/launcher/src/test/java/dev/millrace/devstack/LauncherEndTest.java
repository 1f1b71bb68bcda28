package dev.millrace.devstack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a launcher ends, and what is left of its children then. */
class LauncherEndTest {
  @TempDir Path data;

  @Test
  void kill_9_of_the_launcher_leaves_no_child() throws Exception {
    try (LauncherProcess launcher = new LauncherProcess(data).awaitReady()) {
      List<ProcessHandle> children = launcher.children();
      assertThat(children).hasSize(3).allMatch(ProcessHandle::isAlive);

      launcher.kill();

      await().atMost(Duration.ofSeconds(30)).until(() -> noneAlive(children));
    }
  }

  @Test
  void next_launcher_waits_for_the_children_of_a_killed_one() throws Exception {
    try (LauncherProcess launcher = new LauncherProcess(data, "--only", "kafka").awaitReady()) {
      launcher.kill();
    }

    DevStackOptions options = DevStackOptions.in(data).withServers(Set.of(ServerKind.KAFKA));
    try (DevStack stack = DevStack.start(options, StartupProgress.SILENT)) {
      assertThat(stack.server(ServerKind.KAFKA).isAlive()).isTrue();
    }
  }

  @Test
  void ctrl_c_lets_kafka_stop_in_order() throws Exception {
    try (LauncherProcess launcher = new LauncherProcess(data, "--only", "kafka").awaitReady()) {
      List<ProcessHandle> children = launcher.children();

      launcher.interruptAll();
      launcher.awaitExit();

      assertThat(noneAlive(children)).isTrue();
      assertThat(launcher.output()).doesNotContain("unexpectedly").doesNotContain("Exception");
      assertThat(data.resolve("kafka/log/.kafka_cleanshutdown")).exists();
    }
  }

  @Test
  void second_launcher_and_taken_port_end_with_one_clear_line() throws Exception {
    try (FolderLock held = FolderLock.acquire(data);
        ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        LauncherProcess second = new LauncherProcess(data);
        LauncherProcess elsewhere =
            new LauncherProcess(
                Files.createDirectory(data.resolve("other")),
                "--kafka-port",
                Integer.toString(taken.getLocalPort()))) {
      assertThat(held).isNotNull();
      assertThat(second.awaitExit()).isEqualTo(1);
      assertThat(elsewhere.awaitExit()).isEqualTo(1);
      await().untilAsserted(() -> assertThat(second.output()).isNotEmpty());
      await().untilAsserted(() -> assertThat(elsewhere.output()).isNotEmpty());
      assertThat(second.output().lines())
          .singleElement()
          .asString()
          .contains("is in use by another millrace (pid " + ProcessHandle.current().pid() + ")");
      assertThat(elsewhere.output().lines())
          .singleElement()
          .asString()
          .contains("port " + taken.getLocalPort() + " for kafka is taken");
    }
  }

  private static boolean noneAlive(List<ProcessHandle> processes) {
    return processes.stream().noneMatch(ProcessHandle::isAlive);
  }
}
