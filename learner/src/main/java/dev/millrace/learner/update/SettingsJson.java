package dev.millrace.learner.update;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Settings as records with defaults: a tree from a file is laid over a record, and the result is
 * checked. An error names the key, what stands there and what may stand there.
 */
public final class SettingsJson {

  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .build();

  private SettingsJson() {}

  /** A record as a tree. */
  public static ObjectNode tree(Record settings) {
    return MAPPER.valueToTree(settings);
  }

  /**
   * Lays a tree over a record.
   *
   * @param where the path of the tree in its file, for messages; may be empty
   * @throws IllegalArgumentException naming the offending key
   */
  public static <T extends Record> T over(T defaults, JsonNode changes, String where) {
    ObjectNode merged = tree(defaults);
    if (changes != null && !changes.isNull() && !changes.isMissingNode()) {
      merge(merged, changes, where);
    }
    try {
      @SuppressWarnings("unchecked")
      Class<T> type = (Class<T>) defaults.getClass();
      return MAPPER.treeToValue(merged, type);
    } catch (JsonMappingException e) {
      throw new IllegalArgumentException(message(e, merged, where), e);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(where + ": " + e.getOriginalMessage(), e);
    }
  }

  private static void merge(ObjectNode into, JsonNode changes, String where) {
    if (!changes.isObject()) {
      throw new IllegalArgumentException(
          "%s must be an object, not %s".formatted(where.isEmpty() ? "settings" : where, changes));
    }
    changes
        .properties()
        .forEach(
            change -> {
              if (into.get(change.getKey()) instanceof ObjectNode node) {
                merge(node, change.getValue(), key(where, change.getKey()));
              } else {
                into.set(change.getKey(), change.getValue());
              }
            });
  }

  private static String message(JsonMappingException e, JsonNode merged, String where) {
    String key = key(e, where);
    return switch (e) {
      case UnrecognizedPropertyException unknown ->
          "unknown setting %s: there are %s"
              .formatted(
                  key,
                  unknown.getKnownPropertyIds().stream()
                      .map(String::valueOf)
                      .sorted()
                      .collect(Collectors.joining(", ")));
      case InvalidFormatException wrong when wrong.getTargetType().isEnum() ->
          "%s must be one of %s, not '%s'"
              .formatted(key, choices(wrong.getTargetType()), wrong.getValue());
      case ValueInstantiationException refused when refused.getCause() != null ->
          key(key, refused.getCause().getMessage());
      case MismatchedInputException wrong ->
          "%s must be %s, not %s".formatted(key, kind(wrong.getTargetType()), at(e, merged));
      default -> key + ": " + e.getOriginalMessage();
    };
  }

  private static JsonNode at(JsonMappingException e, JsonNode merged) {
    JsonNode node = merged;
    for (JsonMappingException.Reference step : e.getPath()) {
      node =
          step.getFieldName() == null ? node.path(step.getIndex()) : node.path(step.getFieldName());
    }
    return node;
  }

  static String key(String where, String name) {
    return where.isEmpty() ? name : name.isEmpty() ? where : where + "." + name;
  }

  private static String choices(Class<?> type) {
    return Arrays.stream(type.getEnumConstants())
        .map(choice -> MAPPER.valueToTree(choice).asText())
        .collect(Collectors.joining(", "));
  }

  private static String kind(Class<?> type) {
    if (type == null || type.isRecord()) {
      return "an object";
    }
    if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    if (type == int.class || type == long.class || type == Long.class) {
      return "a whole number";
    }
    return type == double.class || type == Double.class ? "a number" : "a text";
  }

  private static String key(JsonMappingException e, String where) {
    String path =
        e.getPath().stream()
            .map(
                reference ->
                    reference.getFieldName() == null
                        ? "[" + reference.getIndex() + "]"
                        : reference.getFieldName())
            .collect(Collectors.joining("."));
    return key(where, path);
  }
}
