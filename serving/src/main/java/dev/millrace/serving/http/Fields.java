package dev.millrace.serving.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.retrieval.SearchMode;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * Typed reads of a request's fields; each refuses a value of another type with 400 and the field's
 * name. A field that is null counts as missing.
 */
final class Fields {

  private static final Pattern FILTER_KEY = Pattern.compile("[\\p{L}\\p{N}_.@ -]{1,200}");
  private static final int MOST_FILTERS = 20;

  private final JsonNode request;

  Fields(JsonNode request) {
    this.request = request;
  }

  Optional<JsonNode> any(String name) {
    return Optional.ofNullable(request.get(name)).filter(n -> !n.isNull());
  }

  Optional<String> text(String name) {
    return any(name)
        .map(
            node -> {
              if (!node.isTextual()) {
                throw Refusal.invalid(name, "'" + name + "' has to be a string.");
              }
              return node.textValue();
            });
  }

  boolean flag(String name) {
    return maybe(name).orElse(false);
  }

  Optional<Boolean> maybe(String name) {
    return any(name)
        .map(
            node -> {
              if (!node.isBoolean()) {
                throw Refusal.invalid(name, "'" + name + "' has to be true or false.");
              }
              return node.booleanValue();
            });
  }

  /** Any whole number that a long holds. */
  Optional<Long> whole(String name) {
    return any(name)
        .map(
            node -> {
              if (!node.isIntegralNumber() || !node.canConvertToLong()) {
                throw Refusal.invalid(
                    name, "'%s' has to be a whole number, not %s.".formatted(name, brief(node)));
              }
              return node.longValue();
            });
  }

  OptionalInt integer(String name, int min, int max) {
    Optional<JsonNode> node = any(name);
    if (node.isEmpty()) {
      return OptionalInt.empty();
    }
    if (!node.get().isIntegralNumber()
        || !node.get().canConvertToInt()
        || node.get().intValue() < min
        || node.get().intValue() > max) {
      throw Refusal.invalid(
          name,
          "'%s' has to be a whole number from %d to %d, not %s."
              .formatted(name, min, max, brief(node.get())));
    }
    return OptionalInt.of(node.get().intValue());
  }

  OptionalDouble decimal(String name, double min, double max) {
    Optional<JsonNode> node = any(name);
    if (node.isEmpty()) {
      return OptionalDouble.empty();
    }
    double value = node.get().doubleValue();
    if (!node.get().isNumber() || !(value >= min && value <= max)) {
      throw Refusal.invalid(
          name,
          "'%s' has to be a number from %s to %s, not %s."
              .formatted(name, min, max, brief(node.get())));
    }
    return OptionalDouble.of(value);
  }

  /** {@code default} and a missing field are empty. */
  Optional<SearchMode> mode(String name) {
    return text(name).flatMap(value -> mode(name, value));
  }

  static Optional<SearchMode> mode(String name, String value) {
    if (value.equalsIgnoreCase("default")) {
      return Optional.empty();
    }
    return Optional.of(
        SearchMode.of(value)
            .orElseThrow(
                () ->
                    Refusal.invalid(
                        name,
                        "'%s' is one of default, %s; not '%s'."
                            .formatted(name, SearchMode.names(), brief(value)))));
  }

  /** Metadata field to wanted value. */
  Map<String, String> filters(String name) {
    Map<String, String> filters = new HashMap<>();
    any(name)
        .ifPresent(
            node -> {
              if (!node.isObject() || node.size() > MOST_FILTERS) {
                throw Refusal.invalid(
                    name,
                    "'%s' has to be an object of at most %d fields.".formatted(name, MOST_FILTERS));
              }
              node.properties()
                  .forEach(
                      field -> {
                        if (!FILTER_KEY.matcher(field.getKey()).matches()
                            || !field.getValue().isValueNode()
                            || field.getValue().isNull()) {
                          throw Refusal.invalid(
                              name,
                              "'%s.%s' has to be a metadata field with a string as its value."
                                  .formatted(name, brief(field.getKey())));
                        }
                        filters.put(field.getKey(), field.getValue().asText());
                      });
            });
    return filters;
  }

  static String brief(JsonNode node) {
    return brief(node.toString());
  }

  static String brief(String value) {
    return value.length() > 80 ? value.substring(0, 80) + "…" : value;
  }
}
