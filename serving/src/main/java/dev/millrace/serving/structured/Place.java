package dev.millrace.serving.structured;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;
import java.util.TreeSet;

/**
 * A schema object and where it stands.
 *
 * @param at its JSON pointer, for errors
 */
record Place(JsonNode schema, String at) {

  /** What says something about a schema and nothing about values. */
  private static final Set<String> ANNOTATIONS =
      Set.of(
          "$schema",
          "$id",
          "$comment",
          "$defs",
          "definitions",
          "$anchor",
          "title",
          "description",
          "default",
          "example",
          "examples",
          "deprecated",
          "readOnly",
          "writeOnly",
          "strict",
          "contentEncoding",
          "contentMediaType");

  boolean has(String keyword) {
    return schema.has(keyword);
  }

  JsonNode get(String keyword) {
    return schema.path(keyword);
  }

  Place child(String keyword) {
    return new Place(schema.path(keyword), at + "/" + keyword);
  }

  Place child(String keyword, Object index) {
    JsonNode parent = schema.path(keyword);
    JsonNode node =
        index instanceof Integer i ? parent.path(i) : parent.path(String.valueOf(index));
    return new Place(node, at + "/" + keyword + "/" + index);
  }

  /** Keywords that restrict values. */
  Set<String> assertions() {
    Set<String> found = new TreeSet<>();
    schema.fieldNames().forEachRemaining(found::add);
    found.removeIf(name -> ANNOTATIONS.contains(name) || name.startsWith("x-"));
    return found;
  }

  /**
   * @throws SchemaException naming a keyword beside {@code allowed}
   */
  void requireOnly(Set<String> allowed, String beside) {
    for (String keyword : assertions()) {
      if (!allowed.contains(keyword)) {
        throw new SchemaException(keyword, at, "it is not supported beside '" + beside + "'.");
      }
    }
  }

  SchemaException wrong(String keyword, String why) {
    return new SchemaException(keyword, at, why);
  }

  /** A count; {@code otherwise} where there is none. */
  int count(String keyword, int otherwise) {
    JsonNode node = get(keyword);
    if (node.isMissingNode()) {
      return otherwise;
    }
    if (!node.isNumber()
        || node.doubleValue() != Math.rint(node.doubleValue())
        || node.doubleValue() < 0) {
      throw wrong(keyword, "it has to be a whole number of at least 0.");
    }
    return (int) Math.min(1_000_000, node.doubleValue());
  }
}
