package dev.millrace.devstack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PortBookTest {
  @TempDir Path folder;
  private final List<String> notes = new ArrayList<>();

  @Test
  void second_book_of_a_folder_gives_the_same_ports() {
    PortBook first = book(Map.of());
    int kafka = first.port("kafka");
    int registry = first.port("registry");
    first.save();

    PortBook second = book(Map.of());

    assertThat(kafka).isNotEqualTo(registry);
    assertThat(second.port("kafka")).isEqualTo(kafka);
    assertThat(second.port("registry")).isEqualTo(registry);
    assertThat(notes).isEmpty();
  }

  @Test
  void given_port_that_is_taken_is_refused_in_one_line() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();

      assertThatThrownBy(() -> book(Map.of("kafka", port)).port("kafka"))
          .isInstanceOf(DevStackException.class)
          .hasMessageContaining("port " + port + " for kafka is taken")
          .hasMessageContaining("--kafka-port")
          .hasMessageNotContaining("\n");
    }
  }

  @Test
  void remembered_port_that_is_taken_is_replaced_and_told() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      Files.writeString(folder.resolve("ports.properties"), "kafka=" + port);

      int other = book(Map.of()).port("kafka");

      assertThat(other).isNotEqualTo(port);
      assertThat(notes).singleElement().asString().contains("port " + port).contains("" + other);
    }
  }

  @Test
  void damaged_book_is_named_with_the_damage() throws IOException {
    Files.writeString(folder.resolve("ports.properties"), "kafka=soon");

    assertThatThrownBy(() -> book(Map.of()).port("kafka"))
        .hasMessageContaining("ports.properties is damaged: 'soon'");
  }

  private PortBook book(Map<String, Integer> given) {
    return PortBook.in(folder, given, notes::add);
  }
}
