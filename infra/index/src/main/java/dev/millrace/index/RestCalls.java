package dev.millrace.index;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.millrace.runtime.RetriableException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Set;
import org.opensearch.client.opensearch.generic.Body;
import org.opensearch.client.opensearch.generic.OpenSearchGenericClient;
import org.opensearch.client.opensearch.generic.Requests;
import org.opensearch.client.transport.httpclient5.ResponseException;

/**
 * OpenSearch's REST interface with its failures sorted: what may pass ({@link RetriableException})
 * and what the request itself is to blame for ({@link IndexRefusedException}).
 */
final class RestCalls {

  /** Statuses by which the request itself is refused, for ever. */
  private static final Set<Integer> REFUSED = Set.of(400, 405, 406, 409, 413, 415);

  private final OpenSearchGenericClient client;
  private final ObjectMapper json;
  private final String address;

  RestCalls(OpenSearchGenericClient client, ObjectMapper json, String address) {
    this.client = client;
    this.json = json;
    this.address = address;
  }

  /** The answer, or a missing node when there is nothing of that name. */
  JsonNode get(String path) {
    return call("GET", path, Map.of(), null);
  }

  JsonNode put(String path, JsonNode body) {
    return call("PUT", path, Map.of(), Body.from(bytes(body), "application/json"));
  }

  JsonNode post(String path, JsonNode body) {
    return call("POST", path, Map.of(), Body.from(bytes(body), "application/json"));
  }

  JsonNode post(String path, Map<String, String> query, byte[] lines) {
    return call("POST", path, query, Body.from(lines, "application/x-ndjson"));
  }

  JsonNode delete(String path) {
    return call("DELETE", path, Map.of(), null);
  }

  private JsonNode call(String method, String path, Map<String, String> query, Body body) {
    var request = Requests.builder().method(method).endpoint(path).query(query);
    if (body != null) {
      request.body(body);
    }
    try (var response = client.execute(request.build())) {
      int status = response.getStatus();
      JsonNode answer = MissingNode.getInstance();
      if (response.getBody().isPresent()) {
        try (InputStream in = response.getBody().get().body()) {
          answer = json.readTree(in);
        }
      }
      if (status < 300) {
        return answer;
      }
      if (status == 404 && "GET".equals(method)) {
        return MissingNode.getInstance();
      }
      throw failure(status, method + " " + path, answer);
    } catch (JsonProcessingException e) {
      throw new RetriableException(
          "%s does not answer as OpenSearch does: %s".formatted(address, e.getOriginalMessage()),
          e);
    } catch (IOException e) {
      // The transport throws on some statuses by itself, deep below a message without the status.
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof ResponseException response) {
          throw failure(response.status(), method + " " + path, MissingNode.getInstance());
        }
      }
      throw new RetriableException(
          "OpenSearch at %s is not reachable: %s".formatted(address, words(e)), e);
    } catch (RetriableException | IndexRefusedException e) {
      throw e;
    } catch (RuntimeException e) {
      // The client is closing, or its thread was interrupted: nothing is wrong with the request.
      throw new RetriableException(
          "a request to OpenSearch at %s was cut off: %s".formatted(address, words(e)), e);
    }
  }

  private RuntimeException failure(int status, String what, JsonNode answer) {
    JsonNode error = answer.path("error");
    String type = error.path("type").asText("");
    String reason = error.isTextual() ? error.asText() : error.path("reason").asText("");
    String line =
        "OpenSearch at %s answered %d to %s%s"
            .formatted(
                address,
                status,
                what,
                (type + reason).isEmpty() ? "" : (": " + type + " " + reason).strip());
    if (REFUSED.contains(status)) {
      return new IndexRefusedException(status, type, line);
    }
    if (status == 401 || status == 403) {
      line += "; check millrace.opensearch.user and millrace.opensearch.password";
    }
    return new RetriableException(line, null);
  }

  private static String words(Exception e) {
    return e.getMessage() == null
        ? e.getClass().getSimpleName()
        : e.getMessage().lines().findFirst().orElse("");
  }

  private byte[] bytes(JsonNode body) {
    try {
      return json.writeValueAsBytes(body);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree cannot be written", e);
    }
  }
}
