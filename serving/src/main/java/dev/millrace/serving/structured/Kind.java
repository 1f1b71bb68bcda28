package dev.millrace.serving.structured;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;

/** The types of JSON schema, and the keywords that speak of their values. */
enum Kind {
  STRING("minLength", "maxLength", "pattern", "format"),
  NUMBER("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
  INTEGER("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
  BOOLEAN,
  NULL,
  OBJECT("properties", "required", "additionalProperties", "minProperties", "maxProperties"),
  ARRAY("items", "prefixItems", "additionalItems", "minItems", "maxItems");

  private final Set<String> keywords;

  Kind(String... keywords) {
    this.keywords = Set.of(keywords);
  }

  Set<String> keywords() {
    return keywords;
  }

  /** The type that a keyword speaks of; null if it is of none. */
  static Kind of(String keyword) {
    return Arrays.stream(values())
        .filter(kind -> kind.keywords.contains(keyword))
        .findFirst()
        .orElse(null);
  }

  static Kind named(Place place, String name) {
    return Arrays.stream(values())
        .filter(kind -> kind.name().toLowerCase(Locale.ROOT).equals(name))
        .findFirst()
        .orElseThrow(() -> place.wrong("type", "there is no type '" + name + "'."));
  }

  boolean admits(JsonNode value) {
    return switch (this) {
      case STRING -> value.isTextual();
      case NUMBER -> value.isNumber();
      case INTEGER -> value.isNumber() && value.decimalValue().stripTrailingZeros().scale() <= 0;
      case BOOLEAN -> value.isBoolean();
      case NULL -> value.isNull();
      case OBJECT -> value.isObject();
      case ARRAY -> value.isArray();
    };
  }
}
