package dev.millrace.serving.structured;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Turns a JSON schema (draft 2020-12, and what draft 7 wrote otherwise) into a grammar whose every
 * text the schema accepts. Not every accepted text is in it: properties come in the order in which
 * the schema lists them, patterns match the whole string, numbers have a bounded length.
 *
 * <p>Keywords: {@code type, enum, const, properties, required, additionalProperties, minProperties,
 * maxProperties, items, prefixItems, minItems, maxItems, minLength, maxLength, pattern, format,
 * minimum, maximum, exclusiveMinimum, exclusiveMaximum, anyOf, oneOf} (where the choices exclude
 * one another), {@code allOf} of one schema, and {@code $ref} within the schema, recursive ones
 * too. Annotations are passed over. Any other keyword is refused by name.
 */
final class SchemaCompiler {

  private static final int DEEPEST = 100;
  private static final int MOST_PLACES = 20_000;

  private static final Set<String> COMBINING = Set.of("anyOf", "oneOf", "allOf");

  private final JsonNode root;
  private final Map<String, Node.Rule> rules = new HashMap<>();
  private final Alternatives alternatives = new Alternatives(this);
  private final ObjectShape objects = new ObjectShape(this);
  private final ArrayShape arrays = new ArrayShape(this);
  private int depth;
  private int places;

  SchemaCompiler(JsonNode root) {
    this.root = root;
  }

  /**
   * @throws SchemaException naming the keyword that is not enforced here
   */
  static Node compile(JsonNode schema) {
    return new SchemaCompiler(schema).node(new Place(schema, ""));
  }

  Node node(Place place) {
    if (++depth > DEEPEST) {
      throw place.wrong("schema", "it is nested more than " + DEEPEST + " deep.");
    }
    if (++places > MOST_PLACES) {
      throw place.wrong("schema", "it has more than " + MOST_PLACES + " parts.");
    }
    try {
      return compile(place);
    } finally {
      depth--;
    }
  }

  private Node compile(Place place) {
    if (place.schema().isBoolean()) {
      return place.schema().booleanValue() ? JsonRules.VALUE : Node.NEVER;
    }
    if (!place.schema().isObject()) {
      throw place.wrong("schema", "a schema is an object, true or false.");
    }
    if (place.has("$ref")) {
      place.requireOnly(Set.of("$ref"), "$ref");
      return reference(place);
    }
    for (String keyword : COMBINING) {
      if (place.has(keyword)) {
        place.requireOnly(Set.of(keyword), keyword);
        return alternatives.of(place, keyword);
      }
    }
    for (String keyword : List.of("const", "enum")) {
      if (place.has(keyword)) {
        place.requireOnly(Set.of(keyword, "type"), keyword);
        return JsonRules.any(
            literals(place).stream().map(value -> Node.text(value.toString())).toList());
      }
    }
    return byKind(place);
  }

  private Node byKind(Place place) {
    Set<Kind> kinds = kinds(place);
    for (String keyword : place.assertions()) { // one that speaks of another type says nothing
      if (!keyword.equals("type") && Kind.of(keyword) == null) {
        throw SchemaException.unsupported(keyword, place.at());
      }
    }
    if (kinds.equals(EnumSet.allOf(Kind.class)) && place.assertions().isEmpty()) {
      return JsonRules.VALUE;
    }
    List<Node> choices = new ArrayList<>();
    for (Kind kind : kinds) {
      choices.add(
          switch (kind) {
            case STRING -> StringShape.of(place);
            case NUMBER -> NumberShape.number(place);
            case INTEGER -> NumberShape.integer(place);
            case BOOLEAN -> JsonRules.BOOLEAN;
            case NULL -> JsonRules.NULL;
            case OBJECT -> objects.of(place);
            case ARRAY -> arrays.of(place);
          });
    }
    return Node.alt(choices);
  }

  /** The types that values may have; those that the other keywords speak of where none is given. */
  static Set<Kind> kinds(Place place) {
    JsonNode type = place.get("type");
    EnumSet<Kind> kinds = EnumSet.noneOf(Kind.class);
    if (type.isTextual()) {
      kinds.add(Kind.named(place, type.textValue()));
    } else if (type.isArray() && !type.isEmpty()) {
      type.forEach(name -> kinds.add(Kind.named(place, name.asText())));
    } else if (!type.isMissingNode()) {
      throw place.wrong("type", "it is a name or an array of names.");
    } else {
      for (String keyword : place.assertions()) {
        if (Kind.of(keyword) != null) {
          kinds.add(Kind.of(keyword));
        }
      }
      if (kinds.isEmpty()) {
        kinds.addAll(EnumSet.allOf(Kind.class));
      }
    }
    if (kinds.contains(Kind.NUMBER)) {
      kinds.remove(Kind.INTEGER); // every integer is a number
    }
    return kinds;
  }

  /** The values of {@code const} or {@code enum} that the type, if there is one, admits. */
  static List<JsonNode> literals(Place place) {
    List<JsonNode> values = new ArrayList<>();
    if (place.has("const")) {
      values.add(place.get("const"));
    } else {
      if (!place.get("enum").isArray() || place.get("enum").isEmpty()) {
        throw place.wrong("enum", "it is an array of at least one value.");
      }
      place.get("enum").forEach(values::add);
    }
    if (place.has("type")) {
      Set<Kind> kinds = kinds(place);
      values.removeIf(value -> kinds.stream().noneMatch(kind -> kind.admits(value)));
    }
    return values;
  }

  private Node reference(Place place) {
    String target = place.get("$ref").asText();
    if (!target.equals("#") && !target.startsWith("#/")) {
      throw place.wrong("$ref", "only references within the schema, '#/…', are followed.");
    }
    Node.Rule known = rules.get(target);
    if (known != null) {
      return known;
    }
    Node.Rule rule = new Node.Rule();
    rules.put(target, rule);
    rule.is(node(resolve(place)));
    return rule;
  }

  /** What a reference stands for. */
  Place resolve(Place place) {
    String target = place.get("$ref").asText();
    JsonNode found = target.equals("#") ? root : root.at(decoded(place, target));
    if (found.isMissingNode()) {
      throw place.wrong("$ref", "there is nothing at '" + target + "'.");
    }
    return new Place(found, target.substring(1));
  }

  private static String decoded(Place place, String target) {
    try {
      return java.net.URLDecoder.decode(
          target.substring(1).replace("+", "%2B"), java.nio.charset.StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw place.wrong("$ref", "'" + target + "' is no JSON pointer.");
    }
  }
}
