package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.contracts.Provisioner;
import dev.millrace.devstack.DevStackEndpoints;
import dev.millrace.devstack.ServerKind;
import dev.millrace.runtime.DeadLetter;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
@ResourceLock(Resources.SYSTEM_OUT)
class MonitorCommandsTest {

  private final DevStackEndpoints servers;
  private final String prefix;
  private final StageContext context;
  private final StringWriter err = new StringWriter();

  MonitorCommandsTest(Servers servers) {
    this.servers = servers.endpoints();
    this.prefix = servers.uniquePrefix();
    this.context =
        StageContext.of(
            Settings.of(
                Map.of(
                    "millrace.kafka.bootstrap",
                    this.servers.kafkaBootstrap(),
                    "millrace.registry.urls",
                    this.servers.registry().toString(),
                    "millrace.topics.prefix",
                    prefix,
                    "millrace.topics.partitions",
                    "1")),
            new SimpleMeterRegistry());
    try (var admin = Admin.create(context.kafka().admin("test"))) {
      new Provisioner(admin, context.registry(), Duration.ofSeconds(20))
          .provision(context.topics().all());
    }
  }

  private String run(int exit, String... words) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "--data",
                "target/none",
                "--kafka",
                servers.kafkaBootstrap(),
                "--registry",
                servers.registry().toString(),
                "--set",
                "millrace.topics.prefix=" + prefix,
                "--set",
                "millrace.monitor.groups=" + prefix + ".*"));
    all.addAll(List.of(words));
    PrintStream before = System.out;
    var bytes = new ByteArrayOutputStream();
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      int code =
          Main.commandLine().setErr(new PrintWriter(err)).execute(all.toArray(String[]::new));
      assertThat(code).as(err.toString()).isEqualTo(exit);
    } finally {
      System.setOut(before);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private void write(String topic, String key, String value) throws Exception {
    try (var producer =
        new KafkaProducer<>(
            context.kafka().producer("test"),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      var at = producer.send(new ProducerRecord<>(topic, bytes(key), bytes(value))).get();
      var letter =
          new DeadLetter(
              topic, at.partition(), at.offset(), bytes(key), bytes(value), "reward", "odd", "why");
      producer
          .send(
              new ProducerRecord<>(
                  context.topics().deadLetters().name(),
                  null,
                  bytes(key),
                  bytes(value),
                  letter.headers(new RecordHeaders())))
          .get();
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void lag_is_a_table_for_people_and_json_for_programs() throws Exception {
    String samples = context.topics().samples().name();
    for (int i = 0; i < 5; i++) {
      write(samples, "t-" + i, "v");
    }
    try (var admin = Admin.create(context.kafka().admin("test"))) {
      admin
          .alterConsumerGroupOffsets(
              prefix + "reader", Map.of(new TopicPartition(samples, 0), new OffsetAndMetadata(2)))
          .all()
          .get();
    }

    assertThat(run(0, "lag").lines())
        .anySatisfy(line -> assertThat(line).startsWith("GROUP").contains("DRAINED IN"))
        .anySatisfy(
            line -> assertThat(line).contains(prefix + "reader", samples, " 3 ", "never", "empty"))
        .anySatisfy(
            line -> assertThat(line).contains(prefix + "reward-workers", "share", "missing"));
    JsonNode groups = Api.JSON.readTree(run(0, "lag", "--json")).path("groups");
    assertThat(groups.findValuesAsText("group")).contains(prefix + "preprocess");
    assertThat(groups.findValue("topics").findValues("drain_seconds")).isNotEmpty();
    assertThat(run(0, "lag", "--partitions", "--groups", prefix + "reader"))
        .contains("partition 0 at 2 of 5")
        .doesNotContain("reward-workers");
  }

  @Test
  void dead_letter_is_listed_shown_and_sent_again_once() throws Exception {
    String samples = context.topics().samples().name();
    write(samples, "key \u001b[31m", "bytes\u0000");

    assertThat(run(0, "dead-letters", "list", "--reason", "odd"))
        .contains("0@0", "reward", "odd", "key ·[31m")
        .doesNotContain("\u001b[31m");
    assertThat(run(0, "dead-letters", "show", "0@0"))
        .contains("mr-origin-topic: " + samples, "62 79 74 65 73 00", "6 bytes");
    assertThat(run(0, "dead-letters", "redrive", "0@0", "--yes", "--wait", "1"))
        .contains("sent to " + samples, "waiting for " + prefix + "reward-workers");
    assertThat(run(0, "dead-letters", "redrive", "0@0", "--yes", "--wait", "0"))
        .contains("was sent before, by " + System.getProperty("user.name"));
    assertThat(run(0, "dead-letters", "list", "--open")).contains("no dead letters");
    assertThat(run(1, "dead-letters", "show", "0@7")).isEmpty();
    assertThat(err.toString()).contains("there is no dead letter 0@7");
  }

  @Test
  void stage_is_paused_with_a_reason_and_goes_on() {
    assertThat(run(0, "stages", "pause", "embed", "--reason", "new index", "--yes"))
        .contains("embed is ordered to pause");
    run(0, "stages", "pause", "learner", "--yes");
    assertThat(run(0, "stages", "list").lines())
        .anySatisfy(
            line ->
                assertThat(line)
                    .startsWith("embed")
                    .contains("paused by " + System.getProperty("user.name"))
                    .endsWith("new index"))
        .anySatisfy(line -> assertThat(line).startsWith("rollout").contains("works"));
    run(0, "stages", "resume", "embed");
    assertThat(run(0, "stages", "list").lines())
        .filteredOn(line -> line.contains("paused"))
        .singleElement()
        .asString()
        .startsWith("learner");
    run(1, "stages", "pause", "reward");
    assertThat(err.toString()).contains("say --yes");
  }

  @Test
  void wrong_words_are_one_line_and_exit_code_2() {
    run(2, "dead-letters", "redrive");
    run(2, "dead-letters", "show", "many");
    run(2, "lag", "--groups", "(");
    run(2, "stages", "pause", "serving", "--yes");

    assertThat(err.toString().lines()).hasSize(4).allMatch(line -> line.startsWith("millrace: "));
  }
}
