package dev.millrace.serving.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.monitor.recent.Spread;
import dev.millrace.serving.Refusal;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.util.Optional;

/** JSON in and out. */
final class Wire {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int MOST_BODY = 1 << 20;

  private Wire() {}

  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  static ArrayNode array() {
    return MAPPER.createArrayNode();
  }

  static String text(JsonNode node) {
    try {
      return MAPPER.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A JSON tree can be written", e);
    }
  }

  static Response ok(JsonNode body) {
    return Response.ok(text(body))
        .type(MediaType.APPLICATION_JSON_TYPE)
        .header("Cache-Control", "no-store")
        .header("X-Content-Type-Options", "nosniff")
        .build();
  }

  /**
   * Reads a JSON object.
   *
   * @throws Refusal 400 or 413
   */
  static JsonNode read(byte[] body) {
    if (body == null || body.length == 0) {
      throw Refusal.invalid(null, "The body has to be a JSON object.");
    }
    if (body.length > MOST_BODY) {
      throw Refusal.tooLarge(MOST_BODY);
    }
    try {
      JsonNode node = MAPPER.readTree(body);
      if (node != null && node.isObject()) {
        return node;
      }
    } catch (IOException e) {
      // the same words
    }
    throw Refusal.invalid(null, "The body has to be a JSON object.");
  }

  /** A number that JSON can say; null for one that is infinite or none. */
  static Double finite(double value) {
    return Double.isFinite(value) ? (Double) (Math.round(value * 1e6) / 1e6) : null;
  }

  static ObjectNode spread(Spread spread) {
    return object()
        .put("count", spread.count())
        .put("middle", finite(spread.middle()))
        .put("high", finite(spread.high()))
        .put("most", finite(spread.most()));
  }

  static Optional<String> parameter(RoutingContext exchange, String name) {
    return Optional.ofNullable(exchange.queryParams().get(name)).filter(text -> !text.isBlank());
  }

  /**
   * A whole number among the parameters.
   *
   * @throws Refusal 400
   */
  static long number(RoutingContext exchange, String name, long otherwise, long most) {
    Optional<String> given = parameter(exchange, name);
    if (given.isEmpty()) {
      return otherwise;
    }
    try {
      long value = Long.parseLong(given.get());
      if (value >= 0 && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // the same words
    }
    throw Refusal.invalid(name, "'" + name + "' has to be a whole number from 0 to " + most + ".");
  }
}
