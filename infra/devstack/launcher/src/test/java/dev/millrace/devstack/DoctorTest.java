package dev.millrace.devstack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
  @TempDir Path folder;

  @Test
  void jdk_that_is_too_old_is_named_with_the_cure() {
    Check check = Doctor.jdk(17, Path.of("/opt/jdk-17"));

    assertThat(check.ok()).isFalse();
    assertThat(check.finding()).isEqualTo("JDK 17 in /opt/jdk-17");
    assertThat(check.remedy()).contains("JDK 21");
  }

  @Test
  void little_memory_and_little_disk_fail_their_checks() {
    assertThat(Doctor.memory(1L << 30).ok()).isFalse();
    assertThat(Doctor.memory(8L << 30).ok()).isTrue();
    Doctor doctor = new Doctor(DevStackOptions.in(folder));
    assertThat(doctor.disk(100L << 20).remedy()).contains("--data");
    assertThat(doctor.disk(10L << 30).ok()).isTrue();
  }

  @Test
  void available_memory_is_read_from_the_kernel() {
    List<String> lines = List.of("MemTotal: 9 kB", "MemAvailable:    2048 kB");

    assertThat(Machine.memAvailable(lines)).isEqualTo(2L << 20);
  }

  @Test
  void healthy_machine_passes_and_says_what_will_be_started() throws InterruptedException {
    List<Check> checks = new Doctor(DevStackOptions.in(folder)).examine();

    assertThat(named(checks, "JDK").ok()).isTrue();
    assertThat(named(checks, "servers").ok()).isTrue();
    assertThat(named(checks, "data folder").finding()).endsWith("writable");
    assertThat(named(checks, "OpenSearch").finding()).isEqualTo("will be started");
  }

  @Test
  void taken_port_and_unreachable_servers_fail_with_what_to_do() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      DevStackOptions options =
          DevStackOptions.in(folder)
              .withPort(ServerKind.OPENSEARCH, taken.getLocalPort())
              .withExternalKafka(new KafkaEndpoint("127.0.0.1:" + closedPort()))
              .withExternalRegistry(
                  new HttpEndpoint(URI.create("http://127.0.0.1:" + closedPort() + "/v7")));

      List<Check> checks = new Doctor(options).examine();

      assertThat(named(checks, "OpenSearch port").remedy()).contains("--opensearch-port");
      assertThat(named(checks, "Kafka").finding()).startsWith("nothing listens at 127.0.0.1:");
      assertThat(named(checks, "Kafka").remedy()).contains("--kafka");
      assertThat(named(checks, "schema registry").finding()).contains("does not answer");
    }
  }

  private static Check named(List<Check> checks, String name) {
    return checks.stream().filter(check -> check.name().equals(name)).findFirst().orElseThrow();
  }

  private static int closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
