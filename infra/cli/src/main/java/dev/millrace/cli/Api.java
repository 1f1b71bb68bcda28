package dev.millrace.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/** The HTTP API of a running instance. Not answered or refused: a {@link CommandFailure}. */
public final class Api implements AutoCloseable {

  public static final ObjectMapper JSON = new ObjectMapper();

  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final URI base;
  private final Optional<String> key;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  /**
   * @param key API key, where the instance wants one
   */
  public Api(URI base, Optional<String> key) {
    this.base = base;
    this.key = key;
  }

  public URI base() {
    return base;
  }

  public JsonNode get(String path) {
    return json(send(request(path).GET()));
  }

  public JsonNode post(String path, JsonNode body) {
    return json(send(posted(path, body)));
  }

  public JsonNode delete(String path) {
    return json(send(request(path).DELETE()));
  }

  /** The answer as it streams; the caller closes it. */
  public InputStream stream(String path, JsonNode body) {
    return send(posted(path, body)).body();
  }

  /** The JSON at a path, whatever the status that it comes with; empty when nothing answers. */
  public Optional<JsonNode> look(String path) {
    try {
      return Optional.of(
          JSON.readTree(http.send(request(path).GET().build(), BodyHandlers.ofString()).body()));
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /** The text at a path; empty when nothing answers. */
  public Optional<String> text(String path) {
    try {
      return Optional.of(http.send(request(path).GET().build(), BodyHandlers.ofString()).body());
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /** HTTP status of a GET, or 0 when nothing answers. */
  public int status(String path) {
    try {
      return http.send(request(path).GET().build(), BodyHandlers.discarding()).statusCode();
    } catch (IOException e) {
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  public static String encode(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private HttpRequest.Builder posted(String path, JsonNode body) {
    return request(path)
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body.toString()));
  }

  private HttpRequest.Builder request(String path) {
    var request = HttpRequest.newBuilder(URI.create(base + path)).timeout(TIMEOUT);
    key.ifPresent(value -> request.header("Authorization", "Bearer " + value));
    return request;
  }

  private HttpResponse<InputStream> send(HttpRequest.Builder request) {
    try {
      var response = http.send(request.build(), BodyHandlers.ofInputStream());
      if (response.statusCode() / 100 != 2) {
        try (var in = response.body()) {
          throw new ApiFailure(response.statusCode(), message(in.readNBytes(8192)));
        }
      }
      return response;
    } catch (IOException e) {
      throw new CommandFailure(
          "nothing answers at " + base + "; start it with ./millrace up, or name it with --url", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure("interrupted", e);
    }
  }

  private static String message(byte[] body) {
    try {
      JsonNode text = JSON.readTree(body).at("/error/message");
      return text.isMissingNode() ? new String(body, StandardCharsets.UTF_8) : text.asText();
    } catch (IOException e) {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  private JsonNode json(HttpResponse<InputStream> response) {
    try (var in = response.body()) {
      return JSON.readTree(in);
    } catch (JsonProcessingException e) {
      throw new CommandFailure(base + " did not answer with JSON", e);
    } catch (IOException e) {
      throw new CommandFailure("the answer of " + base + " broke off: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }

  /** The API answered with an error. */
  public static final class ApiFailure extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final int status;

    ApiFailure(int status, String message) {
      super(message + " (HTTP " + status + ")");
      this.status = status;
    }

    public int status() {
      return status;
    }
  }
}
