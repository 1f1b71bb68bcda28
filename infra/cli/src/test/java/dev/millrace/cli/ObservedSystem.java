package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.devstack.ChildJvm;
import dev.millrace.devstack.ServerHome;
import dev.millrace.ingest.PromptProducer;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import dev.millrace.testkit.Servers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/** The whole system as one process with small documents and a short run, traced to a collector. */
final class ObservedSystem implements AutoCloseable {

  static final Duration PATIENCE = Duration.ofSeconds(180);
  static final String TRACE = "0af7651916cd43dd8448eb211c80319c";

  private final TraceCollector collector = new TraceCollector();
  private final URI api = URI.create("http://127.0.0.1:" + FreePort.find());
  private final Map<String, String> settings;
  private final String prefix;
  private final Path folder;
  private final HttpClient http = HttpClient.newHttpClient();
  private ChildJvm process;

  ObservedSystem(Servers servers) throws IOException {
    prefix = servers.uniquePrefix();
    folder = Files.createDirectories(Path.of("target", "observed", prefix).toAbsolutePath());
    settings = ServerSettings.of(servers.endpoints(), prefix);
    settings.put("millrace.topics.partitions", "2");
    settings.put("millrace.http.port", String.valueOf(api.getPort()));
    settings.put("millrace.preprocess.state-dir", folder.resolve("streams").toString());
    settings.put("millrace.documents.max-bytes", "2000");
    settings.put("millrace.rollout.lock", "2s");
    settings.put("millrace.reward.lock", "2s");
    settings.put("millrace.reward.profiles", copied("faults-rewards.json").toString());
    settings.put("millrace.learner.config", copied("observed.yaml").toString());
    settings.put("millrace.learner.snapshots", folder.resolve("snapshots").toString());
    settings.put("millrace.monitor.groups", prefix + ".*");
    settings.put("millrace.monitor.interval", "300ms");
    settings.put("millrace.tracing.endpoint", collector.address());
  }

  private Path copied(String name) throws IOException {
    try (InputStream in = ObservedSystem.class.getResourceAsStream(name)) {
      return Files.write(folder.resolve(name), in.readAllBytes());
    }
  }

  /** Starts the process and waits until it has indexed and rejected what it was given. */
  void begin() throws Exception {
    process = AppProcess.start(ServerHome.locate(), folder, "all", "all", settings, death -> {});
    try (var client = new Api(api, Optional.empty())) {
      soon("ready, log " + process.log()).until(() -> client.status("/q/health/live") == 200);
    }
    var context = StageContext.of(Settings.of(settings), new SimpleMeterRegistry());
    put("river", "The river turns the mill, and the mill turns the stone.");
    put("dull", "   ");
    try (var producer =
        new KafkaProducer<>(
            context.kafka().producer("test"),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      byte[] poison = "no document".getBytes(StandardCharsets.UTF_8);
      producer.send(new ProducerRecord<>(context.topics().documents().name(), poison, poison));
    }
    soon("searchable").until(() -> outcome("river").equals("indexed"));
    soon("rejected").until(() -> outcome("dull").equals("rejected"));
    // Last: the console draws the newest steps, and these are the first that the next test wants.
    try (PromptProducer prompts = Producers.prompts(context)) {
      AdditionTask.prompts().forEach(prompts::send);
      prompts.flush(PATIENCE);
    } finally {
      context.tracing().close();
    }
  }

  @Override
  public void close() {
    if (process != null) {
      process.close();
    }
    collector.close();
    http.shutdownNow();
  }

  URI api() {
    return api;
  }

  String prefix() {
    return prefix;
  }

  TraceCollector collector() {
    return collector;
  }

  static ConditionFactory soon(String what) {
    return Awaitility.await(what)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .ignoreExceptions();
  }

  void put(String id, String text) throws Exception {
    var body = Api.JSON.createObjectNode().put("text", text).put("title", "About " + id);
    var request =
        HttpRequest.newBuilder(api.resolve("/v1/documents/" + id))
            .header("Content-Type", "application/json")
            .header("traceparent", "00-" + TRACE + "-b7ad6b7169203331-01")
            .PUT(HttpRequest.BodyPublishers.ofString(body.toString()));
    var answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
  }

  String text(String path) {
    try {
      return http.send(
              HttpRequest.newBuilder(api.resolve(path)).build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  JsonNode json(String path) {
    try {
      return Api.JSON.readTree(text(path));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  String outcome(String id) {
    return json("/v1/documents/" + id).path("state").asText();
  }

  ServedMetrics metrics() {
    return new ServedMetrics(text("/q/metrics"));
  }

  void delete(String id) throws Exception {
    put(id, "This page will be gone soon, as if it had never been here.");
    soon("searchable").until(() -> outcome(id).equals("indexed"));
    try (var client = new Api(api, Optional.empty())) {
      client.delete("/v1/documents/" + id);
    }
    soon("deleted").until(() -> outcome(id).equals("deleted"));
  }

  void ask(String model, String question) {
    try (var client = new Api(api, Optional.empty())) {
      var body = Api.JSON.createObjectNode().put("model", model);
      body.putArray("messages").addObject().put("role", "user").put("content", question);
      assertThat(client.post("/v1/chat/completions", body).at("/choices/0")).isNotEmpty();
    }
  }
}
