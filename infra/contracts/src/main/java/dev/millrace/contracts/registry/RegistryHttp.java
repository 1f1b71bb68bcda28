package dev.millrace.contracts.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/** One JSON request to the first registry that answers, tried again with growing waits. */
final class RegistryHttp {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MEDIA_TYPE = "application/vnd.schemaregistry.v1+json";
  private static final Duration FIRST_WAIT = Duration.ofMillis(100);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);

  private final HttpClient http;
  private final List<URI> urls;
  private final Optional<String> authorization;
  private final Duration timeout;
  private final Duration deadline;

  RegistryHttp(RegistrySettings settings) {
    var builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(settings.timeout());
    settings.tls().ifPresent(builder::sslContext);
    http = builder.build();
    urls = settings.urls();
    timeout = settings.timeout();
    deadline = settings.deadline();
    authorization =
        settings
            .user()
            .map(user -> user + ":" + settings.password().orElseThrow())
            .map(pair -> pair.getBytes(StandardCharsets.UTF_8))
            .map(pair -> "Basic " + Base64.getEncoder().encodeToString(pair));
  }

  static String encode(String segment) {
    return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
  }

  JsonNode get(String path) {
    return call("GET", path, null);
  }

  JsonNode post(String path, Object body) {
    return call("POST", path, body);
  }

  JsonNode put(String path, Object body) {
    return call("PUT", path, body);
  }

  private JsonNode call(String method, String path, Object body) {
    long end = System.nanoTime() + deadline.toNanos();
    Duration wait = FIRST_WAIT;
    while (true) {
      String trouble = "";
      IOException cause = null;
      for (URI url : urls) {
        try {
          HttpResponse<String> response = send(url, method, path, body);
          if (response.statusCode() < 500 && response.statusCode() != 429) {
            return read(url, method + " " + path, response);
          }
          trouble = url + " answered " + response.statusCode();
        } catch (IOException e) {
          cause = e;
          trouble =
              url + ": " + (e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
        }
      }
      if (System.nanoTime() + wait.toNanos() > end) {
        throw new RegistryException.Unavailable(
            "schema registry does not answer (" + trouble + "); is it running at that address?",
            cause);
      }
      pause(wait);
      wait = wait.multipliedBy(2).compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait.multipliedBy(2);
    }
  }

  private HttpResponse<String> send(URI url, String method, String path, Object body)
      throws IOException {
    var publisher =
        body == null
            ? BodyPublishers.noBody()
            : BodyPublishers.ofString(JSON.writeValueAsString(body));
    String base = url.toString().replaceAll("/+$", "");
    var request =
        HttpRequest.newBuilder(URI.create(base + path))
            .timeout(timeout)
            .header("Content-Type", MEDIA_TYPE)
            .header("Accept", MEDIA_TYPE + ", application/json")
            .method(method, publisher);
    authorization.ifPresent(value -> request.header("Authorization", value));
    try {
      return http.send(request.build(), BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RegistryException.Unavailable("interrupted while asking " + url, e);
    }
  }

  private static JsonNode read(URI url, String what, HttpResponse<String> response) {
    int status = response.statusCode();
    String reason = what + " at " + url + ": " + status + " " + message(response.body());
    if (status == 404) {
      throw new RegistryException.NotFound(reason);
    }
    if (status == 409) {
      throw new RegistryException.Incompatible(reason);
    }
    if (status / 100 != 2) {
      throw new RegistryException.Refused(reason);
    }
    try {
      return JSON.readTree(response.body());
    } catch (JsonProcessingException e) {
      throw new RegistryException.Refused(what + " at " + url + ": the answer is not JSON");
    }
  }

  private static String message(String body) {
    try {
      JsonNode text = JSON.readTree(body).get("message");
      return text == null ? body : text.asText();
    } catch (JsonProcessingException e) {
      return body.substring(0, Math.min(200, body.length()));
    }
  }

  private static void pause(Duration wait) {
    try {
      Thread.sleep(wait);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RegistryException.Unavailable("interrupted while waiting for the registry", e);
    }
  }
}
