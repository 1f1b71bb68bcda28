package dev.millrace.serving.structured;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.random.RandomGenerator;

/** Draws schemas from all keywords that are enforced. */
final class RandomSchema {

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final List<String> PATTERNS =
      List.of(
          "^[A-Z]{2}-\\d{3,5}$",
          "(foo|bar)+baz?",
          "[^\\s\"x]{2,}",
          "^\\w+@\\w+\\.(com|org)$",
          "é|東.京",
          "a\\\\b\\/c",
          "[\\u0000-\\u007f]{3}",
          "\\S\\s\\D\\W");
  private static final List<String> FORMATS =
      List.of(
          "date",
          "time",
          "date-time",
          "email",
          "hostname",
          "ipv4",
          "ipv6",
          "uuid",
          "uri",
          "duration");

  private final RandomGenerator random;
  private final ObjectNode root = JSON.objectNode();
  private int definitions;

  private RandomSchema(RandomGenerator random) {
    this.random = random;
  }

  static ObjectNode draw(RandomGenerator random) {
    RandomSchema drawer = new RandomSchema(random);
    drawer.root.setAll(drawer.schema(3));
    return drawer.root;
  }

  private boolean chance(double p) {
    return random.nextDouble() < p;
  }

  private ObjectNode schema(int depth) {
    ObjectNode schema = JSON.objectNode();
    if (chance(0.2)) {
      schema.put("description", "what \"this\" is");
    }
    switch (random.nextInt(depth > 0 ? 12 : 6)) {
      case 0 -> string(schema);
      case 1 -> bounds(schema.put("type", "integer"), false);
      case 2 -> bounds(schema.put("type", "number"), true);
      case 3 -> schema.put("type", chance(0.5) ? "boolean" : "null");
      case 4 -> literal(schema);
      case 5 -> types(schema);
      case 6, 7, 8 -> object(schema, depth);
      case 9 -> array(schema, depth);
      case 10 -> choices(schema, depth);
      default -> reference(schema, depth);
    }
    return schema;
  }

  private void string(ObjectNode schema) {
    schema.put("type", "string");
    switch (random.nextInt(4)) {
      case 0 -> schema.put("pattern", PATTERNS.get(random.nextInt(PATTERNS.size())));
      case 1 -> schema.put("format", FORMATS.get(random.nextInt(FORMATS.size())));
      case 2 -> {
        int min = random.nextInt(4);
        schema.put("minLength", min).put("maxLength", min + random.nextInt(6));
      }
      default -> {}
    }
  }

  private void bounds(ObjectNode schema, boolean fractions) {
    double low = random.nextInt(-300, 300) + (fractions && chance(0.3) ? 0.5 : 0);
    if (chance(0.6)) {
      number(schema, chance(0.5) ? "minimum" : "exclusiveMinimum", low, fractions);
    }
    if (chance(0.6)) {
      double high = low + 2 + random.nextInt(500);
      number(schema, chance(0.5) ? "maximum" : "exclusiveMaximum", high, fractions);
    }
  }

  private static void number(ObjectNode schema, String key, double value, boolean fractions) {
    if (fractions) {
      schema.put(key, value);
    } else {
      schema.put(key, (long) value);
    }
  }

  private void literal(ObjectNode schema) {
    if (chance(0.4)) {
      schema.put("const", "a \"quoted\" constant, é and 🙂");
      return;
    }
    ArrayNode values = schema.putArray("enum");
    values.add("red").add("green\n").add(7).add(-1.5).addNull().add(true);
    values.addObject().put("k", 1);
    if (chance(0.3)) {
      schema.put("type", "string");
    }
  }

  private void types(ObjectNode schema) {
    schema.putArray("type").add("string").add("null").add("integer");
    if (chance(0.5)) {
      schema.put("maxLength", 5).put("minimum", 3);
    }
  }

  private void object(ObjectNode schema, int depth) {
    schema.put("type", "object");
    int n = random.nextInt(5);
    if (n == 0) {
      if (chance(0.5)) {
        schema.put("minProperties", random.nextInt(2)).put("maxProperties", 1 + random.nextInt(3));
      }
      if (chance(0.6)) {
        schema.set("additionalProperties", schema(depth - 1));
      }
      return;
    }
    ObjectNode properties = schema.putObject("properties");
    ArrayNode required = JSON.arrayNode();
    for (int i = 0; i < n; i++) {
      String name = List.of("name", "na", "é t", "a\"b", "x").get(i);
      properties.set(name, schema(depth - 1));
      if (chance(0.5)) {
        required.add(name);
      }
    }
    if (chance(0.1)) {
      required.add("unlisted");
    }
    if (!required.isEmpty() || chance(0.3)) {
      schema.set("required", required);
    }
    switch (random.nextInt(4)) {
      case 0 -> schema.set("additionalProperties", schema(depth - 1));
      case 1 -> schema.put("additionalProperties", true);
      case 2 -> {
        if (!required.toString().contains("unlisted")) {
          schema.put("additionalProperties", false);
        }
      }
      default -> {}
    }
  }

  private void array(ObjectNode schema, int depth) {
    schema.put("type", "array");
    if (chance(0.3)) {
      ArrayNode first = schema.putArray("prefixItems");
      first.add(schema(depth - 1));
      first.add(schema(0));
    }
    if (chance(0.7)) {
      schema.set("items", schema(depth - 1));
    }
    if (chance(0.5)) {
      int min = random.nextInt(4);
      schema.put("minItems", min).put("maxItems", min + random.nextInt(3));
    }
  }

  private void choices(ObjectNode schema, int depth) {
    if (chance(0.3)) {
      ArrayNode one = schema.putArray("oneOf");
      one.add(JSON.objectNode().put("type", "string"));
      one.add(JSON.objectNode().put("type", "boolean"));
      return;
    }
    if (chance(0.3)) {
      ArrayNode one = schema.putArray("oneOf");
      one.add(kind("circle", depth));
      one.add(kind("square", depth));
      return;
    }
    ArrayNode any = schema.putArray(chance(0.2) ? "allOf" : "anyOf");
    any.add(schema(depth - 1));
    if (schema.has("anyOf")) {
      any.add(schema(depth - 1));
    }
  }

  private ObjectNode kind(String name, int depth) {
    ObjectNode schema = JSON.objectNode().put("type", "object");
    ObjectNode properties = schema.putObject("properties");
    properties.putObject("kind").put("const", name);
    properties.set("size", schema(depth - 1));
    schema.putArray("required").add("kind");
    return schema;
  }

  private void reference(ObjectNode schema, int depth) {
    String name = "d" + definitions++;
    ObjectNode definition;
    if (chance(0.5)) {
      definition = schema(depth - 1);
    } else { // a list of itself
      definition = JSON.objectNode().put("type", "object");
      ObjectNode properties = definition.putObject("properties");
      properties.set("value", schema(0));
      ArrayNode next = properties.putObject("next").putArray("anyOf");
      next.addObject().put("$ref", "#/$defs/" + name);
      next.addObject().put("type", "null");
      definition.putArray("required").add("value").add("next");
    }
    root.withObjectProperty("$defs").set(name, definition);
    schema.put("$ref", "#/$defs/" + name);
  }
}
