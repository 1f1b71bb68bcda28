package dev.millrace.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.devstack.ServerKind;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.opentest4j.TestAbortedException;

@ResourceLock(Resources.SYSTEM_PROPERTIES)
class ServerSourceTest {

  @Test
  void unknown_source_is_named_with_the_choice() {
    withProperty(
        "millrace.servers",
        "cloud",
        () ->
            assertThatThrownBy(ServerSource::fromProperties)
                .hasMessage("millrace.servers is 'cloud'; give devstack or testcontainers"));
  }

  @Test
  void servers_that_run_already_are_read_from_properties() {
    withProperty(
        "millrace.test.kafka",
        " 127.0.0.1:9092 ",
        () ->
            assertThat(KnownServers.fromProperties().addresses())
                .containsEntry(ServerKind.KAFKA, "127.0.0.1:9092"));
  }

  @Test
  void known_server_is_used_and_is_nobodys_to_kill() throws InterruptedException {
    var known = new KnownServers(Map.of(ServerKind.KAFKA, "127.0.0.1:9"));
    try (DevStackSource source = new DevStackSource(known)) {
      Servers servers = new Servers(null, source::own);

      assertThatThrownBy(() -> servers.own(ServerKind.KAFKA))
          .isInstanceOf(TestAbortedException.class)
          .hasMessageContaining("Kafka was not started by the development stack");
    }
  }

  private static void withProperty(String name, String value, Runnable body) {
    String before = System.getProperty(name);
    System.setProperty(name, value);
    try {
      body.run();
    } finally {
      if (before == null) {
        System.clearProperty(name);
      } else {
        System.setProperty(name, before);
      }
    }
  }
}
