package dev.millrace.serving.remote;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.serving.Refusal;
import java.time.Duration;

/**
 * What the other server refused, as this server says it: a fault of the request stays one, what
 * only our operator can mend becomes 503. Its words about keys are not passed on.
 */
final class RemoteFailure {

  private static final Duration SOON = Duration.ofSeconds(2);
  private static final int LONGEST = 500;

  private static final JsonMapper JSON = new JsonMapper();

  private RemoteFailure() {}

  /**
   * @param retryAfter the header of that name, or null
   */
  static Refusal of(int status, String retryAfter, String body) {
    JsonNode error = error(body);
    String said = brief(error.path("message").asText(""));
    String message = "The remote server says: " + (said.isEmpty() ? "status " + status : said);
    return switch (status) {
      case 400, 404, 413, 422 ->
          Refusal.remote(
              status,
              error.path("type").asText("invalid_request_error"),
              error.path("code").textValue(),
              error.path("param").textValue(),
              message);
      case 401, 403 ->
          Refusal.unavailable(
              null,
              "The remote server refuses this server's key (status "
                  + status
                  + "): its operator has to set millrace.serving.remote.api-key.");
      case 429 -> Refusal.overloaded(wait(retryAfter), message);
      default -> Refusal.unavailable(SOON, message);
    };
  }

  /** An error in mid-stream, where there is no status any more. */
  static Refusal inStream(JsonNode error) {
    String said = brief(error.isTextual() ? error.asText() : error.path("message").asText(""));
    return Refusal.unavailable(
        SOON, "The remote server broke off: " + (said.isEmpty() ? "no reason given" : said));
  }

  private static JsonNode error(String body) {
    try {
      JsonNode whole = JSON.readTree(body);
      JsonNode error = whole.path("error");
      return error.isObject() ? error : whole;
    } catch (JsonProcessingException e) {
      return JSON.missingNode();
    }
  }

  private static Duration wait(String retryAfter) {
    try {
      return retryAfter == null ? SOON : Duration.ofSeconds(Long.parseLong(retryAfter.strip()));
    } catch (NumberFormatException e) {
      return SOON; // a date: rare, and a moment is as good
    }
  }

  private static String brief(String text) {
    return text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text;
  }
}
