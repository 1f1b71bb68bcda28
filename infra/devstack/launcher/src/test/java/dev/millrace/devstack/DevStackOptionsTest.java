package dev.millrace.devstack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DevStackOptionsTest {
  @TempDir Path folder;

  @Test
  void port_out_of_range_is_refused_with_its_value() {
    DevStackOptions options = DevStackOptions.in(folder);

    assertThatThrownBy(() -> options.withPort(ServerKind.KAFKA, 70_000))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("not a port for Kafka: 70000; give 1 to 65535");
  }

  @Test
  void folder_whose_name_a_server_would_misread_is_refused() {
    assertThatThrownBy(() -> DevStackOptions.in(folder.resolve("a,b")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no comma or semicolon");
  }

  @Test
  void external_server_is_not_started() {
    DevStackOptions options =
        DevStackOptions.in(folder).withExternalKafka(new KafkaEndpoint("b:1"));

    assertThat(options.starts(ServerKind.KAFKA)).isFalse();
    assertThat(options.starts(ServerKind.OPENSEARCH)).isTrue();
  }

  @Test
  void registry_that_is_away_at_start_is_told_in_one_line() throws IOException {
    URI away = URI.create("http://127.0.0.1:" + closedPort() + "/apis/ccompat/v7");
    DevStackOptions options =
        DevStackOptions.in(folder)
            .withServers(Set.of())
            .withExternalRegistry(new HttpEndpoint(away));

    assertThatThrownBy(() -> DevStack.start(options, StartupProgress.SILENT))
        .isInstanceOf(DevStackException.class)
        .hasMessageStartingWith(away + "/subjects does not answer")
        .hasMessageEndingWith("start it, correct --registry, or leave it out")
        .hasMessageNotContaining("\n");
    assertThat(FolderLock.holder(folder)).isEmpty();
  }

  @Test
  void open_search_that_is_away_at_start_is_told_in_one_line() throws IOException {
    URI away = URI.create("http://127.0.0.1:" + closedPort());
    DevStackOptions options =
        DevStackOptions.in(folder)
            .withServers(Set.of())
            .withExternalOpenSearch(new HttpEndpoint(away));

    assertThatThrownBy(() -> DevStack.start(options, StartupProgress.SILENT))
        .isInstanceOf(DevStackException.class)
        .hasMessageStartingWith(away + "/_cluster/health")
        .hasMessageEndingWith("start it, correct --opensearch, or leave it out");
  }

  private static int closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
