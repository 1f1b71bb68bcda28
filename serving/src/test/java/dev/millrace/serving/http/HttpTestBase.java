package dev.millrace.serving.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.models.embedding.HashedEmbedding;
import dev.millrace.runtime.Settings;
import dev.millrace.serving.MemoryPassages;
import dev.millrace.serving.Serving;
import dev.millrace.serving.ServingSettings;
import dev.millrace.serving.chat.ChatBackend;
import dev.millrace.serving.feedback.FeedbackLog;
import io.quarkus.test.common.http.TestHTTPResource;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;

/** A server in this JVM over an index in memory. */
abstract class HttpTestBase {

  static final ObjectMapper JSON = new ObjectMapper();
  static final String ACKS =
      "acks=all means that the leader waits for the full set of in-sync replicas to acknowledge the"
          + " record. This guarantees that the record will not be lost as long as at least one"
          + " in-sync replica remains alive.";

  @Inject ServingHolder holder;

  @TestHTTPResource("/")
  URI root;

  final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  final MemoryPassages index = new MemoryPassages();
  final List<ChatBackend> backends = new ArrayList<>();
  Optional<FeedbackLog> feedback = Optional.empty();
  private Serving serving;

  void serve(Map<String, String> settings) {
    index.put("producer", 7, "Producer settings", "https://example.org/producer", ACKS);
    index.put(
        "groups",
        8,
        "Consumer groups",
        null,
        "To list all consumer groups across all topics:\nbin/kafka-consumer-groups.sh --list\n\n"
            + "A consumer group is a set of consumers that share the work.");
    index.put("secret", 9, "Salaries", null, "The salary of the captain is 4711 doubloons.", "hr");
    serving =
        Serving.over(
            ServingSettings.from(Settings.of(settings)),
            new HashedEmbedding(),
            index,
            backends,
            feedback);
    serving.start();
    holder.serve(serving);
    Awaitility.await().until(() -> serving.health().isReady());
  }

  @AfterEach
  void stop() {
    if (serving != null) {
      serving.close();
    }
  }

  HttpResponse<String> post(String path, String body, String... headers) throws Exception {
    return http.send(request(path, body, headers), HttpResponse.BodyHandlers.ofString());
  }

  HttpResponse<InputStream> open(String path, String body, String... headers) throws Exception {
    return http.send(request(path, body, headers), HttpResponse.BodyHandlers.ofInputStream());
  }

  HttpResponse<String> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(root.resolve(path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest request(String path, String body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(root.resolve(path))
            .timeout(Duration.ofSeconds(20))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return request.build();
  }

  static JsonNode json(HttpResponse<String> response) throws IOException {
    return JSON.readTree(response.body());
  }

  static String ask(String question, String more) {
    return JSON.createObjectNode()
        .put("model", "extractive")
        .set(
            "messages",
            JSON.createArrayNode()
                .add(JSON.createObjectNode().put("role", "user").put("content", question)))
        .toString()
        .replaceFirst("\\}$", more.isEmpty() ? "}" : ", " + more.replace("$", "\\$") + "}");
  }
}
