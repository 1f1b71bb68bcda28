package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.Provisioner;
import dev.millrace.contracts.Topic;
import dev.millrace.devstack.DevStackEndpoints;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import dev.millrace.testkit.Servers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;

/** Runs commands in this JVM against topics of a test's own; needs standard output to itself. */
final class CommandRun {

  private final DevStackEndpoints servers;
  private final StageContext context;
  private final StringWriter err = new StringWriter();
  private String data = "target/none";

  CommandRun(Servers servers) {
    this.servers = servers.endpoints();
    this.context =
        StageContext.of(
            Settings.of(
                Map.of(
                    "millrace.kafka.bootstrap", this.servers.kafkaBootstrap(),
                    "millrace.registry.urls", this.servers.registry().toString(),
                    "millrace.topics.prefix", servers.uniquePrefix(),
                    "millrace.topics.partitions", "1")),
            new SimpleMeterRegistry());
  }

  /** Runs the commands that follow with this data folder; else with one that is not there. */
  void useData(Path folder) {
    data = folder.toString();
  }

  StageContext context() {
    return context;
  }

  void create(Collection<Topic<?>> topics) {
    try (var admin = Admin.create(context.kafka().admin("test"))) {
      new Provisioner(admin, context.registry(), Duration.ofSeconds(20)).provision(topics);
    }
  }

  /** What a command printed; its exit code must be {@code exit}. */
  String run(int exit, String... words) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "--data",
                data,
                "--kafka",
                servers.kafkaBootstrap(),
                "--registry",
                servers.registry().toString(),
                "--set",
                "millrace.topics.prefix=" + context.topics().prefix()));
    all.addAll(List.of(words));
    PrintStream before = System.out;
    var bytes = new ByteArrayOutputStream();
    err.getBuffer().setLength(0);
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      int code =
          Main.commandLine().setErr(new PrintWriter(err)).execute(all.toArray(String[]::new));
      assertThat(code).as(err.toString() + bytes).isEqualTo(exit);
    } finally {
      System.setOut(before);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** What the last command said on standard error. */
  String error() {
    return err.toString();
  }
}
