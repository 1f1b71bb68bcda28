package dev.millrace.serving.remote;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.chat.Admission;
import dev.millrace.serving.chat.AnswerFormat;
import dev.millrace.serving.chat.AnswerSink;
import dev.millrace.serving.chat.ChatBackend;
import dev.millrace.serving.chat.ChatTurn;
import dev.millrace.serving.chat.Finish;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * Passes requests on to another server and its answers back, chunk by chunk. Follows no redirects,
 * so that the key reaches nobody else.
 */
public final class RemoteBackend implements ChatBackend {

  /** The model's name. */
  public static final String ID = "remote";

  private static final Duration SOON = Duration.ofSeconds(2);
  private static final int MOST_BYTES = 32 << 20;
  private static final int MOST_ERROR_BYTES = 64 << 10;
  private static final JsonMapper JSON = new JsonMapper();

  private final RemoteSettings settings;
  private final HttpClient client;
  private final Admission admission;
  private final RemoteProbe probe;
  private final long created = Instant.now().getEpochSecond();

  public RemoteBackend(RemoteSettings settings) {
    this.settings = settings;
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(settings.connect())
            .build();
    this.admission = new Admission(settings.atWork(), settings.waiting(), settings.patience());
    this.probe = new RemoteProbe(settings, client);
  }

  @Override
  public String id() {
    return ID;
  }

  @Override
  public String owner() {
    return settings.base().getHost();
  }

  @Override
  public long created() {
    return created;
  }

  @Override
  public Set<Capability> capabilities() {
    return Set.of(Capability.values());
  }

  @Override
  public Availability availability() {
    return probe.availability();
  }

  @Override
  public boolean endsByItself() {
    return true;
  }

  @Override
  public Optional<Admission> admission() {
    return Optional.of(admission);
  }

  @Override
  public void start() {
    probe.start();
  }

  @Override
  public Finish answer(ChatTurn turn, AnswerSink sink) throws InterruptedException {
    HttpResponse<InputStream> response = send(turn);
    RemoteAnswer answer = new RemoteAnswer(sink, turn.format() instanceof AnswerFormat.Text);
    try (InputStream body = response.body()) {
      if (response.statusCode() != 200) {
        throw RemoteFailure.of(
            response.statusCode(),
            response.headers().firstValue("retry-after").orElse(null),
            new String(body.readNBytes(MOST_ERROR_BYTES), StandardCharsets.UTF_8));
      }
      if (isStream(response)) {
        stream(body, answer);
      } else {
        answer.add(tree(body.readNBytes(MOST_BYTES)));
      }
    } catch (IOException e) {
      if (Thread.interrupted()) {
        throw new InterruptedException("interrupted while the remote server answered");
      }
      throw Refusal.unavailable(SOON, "The remote server broke off: " + reason(e));
    }
    if (!answer.complete()) {
      throw Refusal.unavailable(SOON, "The remote server's answer ended before it was complete.");
    }
    return answer.finish(turn.messages().stream().mapToInt(m -> m.content().length()).sum());
  }

  private HttpResponse<InputStream> send(ChatTurn turn) throws InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(settings.at("/chat/completions"))
            .timeout(settings.deadline())
            .header("Content-Type", "application/json")
            .header("Accept", "application/json, text/event-stream")
            .POST(HttpRequest.BodyPublishers.ofByteArray(bytes(turn)));
    settings.apiKey().ifPresent(key -> request.header("Authorization", "Bearer " + key));
    try {
      HttpResponse<InputStream> response =
          client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      probe.answered();
      return response;
    } catch (IOException e) {
      probe.silent(reason(e));
      throw Refusal.unavailable(SOON, "The remote server does not answer: " + reason(e));
    }
  }

  private byte[] bytes(ChatTurn turn) {
    try {
      return JSON.writeValueAsBytes(RemoteRequest.body(turn, settings.model()));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A JSON tree can be written", e);
    }
  }

  private static boolean isStream(HttpResponse<?> response) {
    return response
        .headers()
        .firstValue("content-type")
        .filter(type -> type.startsWith("text/event-stream"))
        .isPresent();
  }

  private static void stream(InputStream body, RemoteAnswer answer) throws IOException {
    EventLines events = new EventLines(body);
    for (String data = events.next(); data != null; data = events.next()) {
      if (data.equals("[DONE]")) {
        return;
      }
      answer.add(tree(data.getBytes(StandardCharsets.UTF_8)));
    }
  }

  private static JsonNode tree(byte[] json) throws IOException {
    JsonNode node = JSON.readTree(json);
    if (node == null || !node.isObject()) {
      throw new IOException("its answer is not a JSON object");
    }
    return node;
  }

  /** In few words; never a body, which may hold what somebody asked. */
  static String reason(IOException e) {
    return e instanceof JsonProcessingException
        ? "its answer is not JSON"
        : e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  @Override
  public void close() {
    probe.close();
    client.shutdownNow();
  }
}
