package dev.millrace.devstack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The real three servers: started, filled, stopped and started again before the tests run. */
class DevStackTest {
  private static final Duration DEADLINE = Duration.ofSeconds(120);

  @TempDir static Path data;
  private static final Queue<ChildDeath> DEATHS = new ConcurrentLinkedQueue<>();
  private static DevStackEndpoints firstEndpoints;
  private static int schemaId;
  private static DevStack stack;

  @BeforeAll
  static void fill_then_start_again() throws Exception {
    DevStackOptions options = DevStackOptions.in(data).withOnDeath(DEATHS::add);
    try (DevStack first = DevStack.start(options, StartupProgress.SILENT)) {
      firstEndpoints = first.endpoints();
      Contents contents = new Contents(firstEndpoints);
      contents.createTopicWithRecord("kept", "still here");
      schemaId = contents.registerSchema("kept-value");
      contents.indexDocument("kept");
    }
    stack = DevStack.start(options, StartupProgress.SILENT);
  }

  @AfterAll
  static void stop() {
    if (stack != null) {
      stack.close();
    }
  }

  @Test
  void second_start_answers_at_the_same_addresses() {
    assertThat(stack.endpoints()).isEqualTo(firstEndpoints);
  }

  @Test
  void second_start_finds_topic_schema_and_document() throws Exception {
    Contents contents = new Contents(stack.endpoints());

    assertThat(contents.onlyRecord("kept")).isEqualTo("still here");
    assertThat(contents.registerSchema("kept-value")).isEqualTo(schemaId);
    assertThat(contents.documents("kept")).isEqualTo(1);
  }

  @Test
  void killed_kafka_starts_again_on_its_port_with_its_records() throws Exception {
    RunningServer kafka = stack.server(ServerKind.KAFKA);

    kafka.kill();
    assertThat(kafka.isAlive()).isFalse();
    kafka.start(DEADLINE);

    assertThat(new Contents(stack.endpoints()).onlyRecord("kept")).isEqualTo("still here");
    assertThat(DEATHS).isEmpty();
  }

  @Test
  void registry_keeps_a_schema_that_it_acknowledged_just_before_kill_9() throws Exception {
    Contents contents = new Contents(stack.endpoints());
    int id = contents.registerSchema("young-value");

    stack.server(ServerKind.REGISTRY).kill();
    stack.server(ServerKind.REGISTRY).start(DEADLINE);

    assertThat(contents.registerSchema("young-value")).isEqualTo(id);
  }

  @Test
  void death_of_open_search_is_reported_and_it_can_be_started_again() throws Exception {
    RunningServer openSearch = stack.server(ServerKind.OPENSEARCH);

    ProcessHandle.of(openSearch.pid()).orElseThrow().destroyForcibly();
    await().atMost(Duration.ofSeconds(10)).until(() -> !DEATHS.isEmpty());

    ChildDeath death = DEATHS.remove();
    assertThat(death.sentence()).startsWith("opensearch ended unexpectedly: it was killed");
    openSearch.start(DEADLINE);
    assertThat(new Contents(stack.endpoints()).documents("kept")).isEqualTo(1);
  }

  @Test
  void doctor_finds_the_running_stack_healthy() throws InterruptedException {
    assertThat(new Doctor(DevStackOptions.in(data)).examine())
        .filteredOn(check -> !check.name().equals("memory"))
        .allMatch(Check::ok)
        .extracting(Check::finding)
        .contains("answers");
  }

  @Test
  void stack_of_external_servers_uses_them_and_starts_none(@TempDir Path other)
      throws InterruptedException {
    DevStackEndpoints given = stack.endpoints();
    DevStackOptions options =
        DevStackOptions.in(other)
            .withExternalKafka(new KafkaEndpoint(given.kafkaBootstrap()))
            .withExternalRegistry(new HttpEndpoint(given.registry()))
            .withExternalOpenSearch(new HttpEndpoint(given.openSearch()));

    try (DevStack external = DevStack.start(options, StartupProgress.SILENT)) {
      assertThat(external.endpoints()).isEqualTo(given);
      assertThatThrownBy(() -> external.server(ServerKind.KAFKA))
          .hasMessage("this stack did not start Kafka");
      assertThat(other.resolve("run")).doesNotExist();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ServerKind.class,
      names = {"KAFKA", "REGISTRY"})
  void server_whose_port_was_taken_meanwhile_says_so(ServerKind kind) throws Exception {
    RunningServer server = stack.server(kind);
    server.stop();
    int port = PortBook.in(data, Map.of(), note -> {}).remembered(kind.id());

    try (ServerSocket taker = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      assertThat(taker.isBound()).isTrue();
      assertThatThrownBy(() -> server.start(DEADLINE))
          .isInstanceOf(DevStackException.class)
          .hasMessageStartingWith(kind.id() + " did not start: its port is taken");
    }

    server.start(DEADLINE);
    assertThat(server.isAlive()).isTrue();
  }
}
