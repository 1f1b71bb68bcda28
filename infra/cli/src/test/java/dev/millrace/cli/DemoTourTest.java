package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.devstack.ServerHome;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** The documents' half of {@code millrace demo}, with its own pages and questions. */
@WithServers
class DemoTourTest {

  private static final Duration PATIENCE = Duration.ofSeconds(120);

  private final Map<String, String> settings = new HashMap<>();
  private final Path folder;

  DemoTourTest(Servers servers) throws Exception {
    var endpoints = servers.endpoints();
    String prefix = servers.uniquePrefix();
    folder = Files.createDirectories(Path.of("target", "demo-tour", prefix).toAbsolutePath());
    settings.put("millrace.kafka.bootstrap", endpoints.kafkaBootstrap());
    settings.put("millrace.registry.urls", endpoints.registry().toString());
    settings.put("millrace.opensearch.urls", endpoints.openSearch().toString());
    settings.put("millrace.opensearch.prefix", prefix);
    settings.put("millrace.topics.prefix", prefix);
    settings.put("millrace.preprocess.state-dir", folder.resolve("streams").toString());
  }

  @Test
  void every_step_holds() throws InterruptedException {
    int port = FreePort.find();
    Map<String, String> own = new HashMap<>(settings);
    own.put("millrace.http.port", String.valueOf(port));
    ServerHome home = ServerHome.locate();
    var shown = new ByteArrayOutputStream();
    try (var app =
            AppProcess.start(home, folder, "demo", "preprocess,embed,serving", own, death -> {});
        var api = new Api(URI.create("http://127.0.0.1:" + port), Optional.empty());
        var documents =
            Producers.documents(
                StageContext.of(Settings.of(settings), new SimpleMeterRegistry()))) {
      Awaitility.await("ready, log " + app.log())
          .atMost(PATIENCE)
          .until(() -> api.status("/q/health/ready") == 200);
      var screen = new Screen(new PrintStream(shown, true, StandardCharsets.UTF_8));
      boolean held =
          new DemoTour(documents, api, screen)
              .run(new DemoCorpus(Path.of("src/main/demo/kafka-docs/docs")));
      assertThat(held).as(shown.toString(StandardCharsets.UTF_8)).isTrue();
    }
  }
}
