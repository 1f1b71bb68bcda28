package dev.millrace.serving.structured;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Objects: the listed properties in their order, the optional ones or not; then others, where
 * {@code additionalProperties} says so, or nothing is listed at all.
 */
final class ObjectShape {

  private final SchemaCompiler compiler;

  ObjectShape(SchemaCompiler compiler) {
    this.compiler = compiler;
  }

  Node of(Place place) {
    JsonNode properties = place.get("properties");
    if (!properties.isMissingNode() && !properties.isObject()) {
      throw place.wrong("properties", "it is an object of schemas.");
    }
    Set<String> required = required(place);
    JsonNode additional = place.get("additionalProperties");
    Map<String, Node> listed = new LinkedHashMap<>();
    properties
        .fieldNames()
        .forEachRemaining(name -> listed.put(name, compiler.node(place.child("properties", name))));
    for (String name : required) {
      if (!listed.containsKey(name)) {
        listed.put(name, unlisted(place));
      }
    }
    boolean others =
        listed.isEmpty() ? !isFalse(additional) : additional.isObject() || isTrue(additional);
    int min = place.count("minProperties", 0);
    int max = place.count("maxProperties", Node.MANY);
    if (listed.isEmpty() && others) {
      return map(place, min, max);
    }
    if (min > required.size()) {
      throw place.wrong(
          "minProperties", "it is supported up to the number of required properties.");
    }
    if (max != Node.MANY && (others || max < listed.size())) {
      throw place.wrong("maxProperties", "it is supported for objects without listed properties.");
    }
    return JsonRules.object(
        members(listed, required, others ? otherMember(place, listed.keySet()) : null));
  }

  private static boolean isFalse(JsonNode node) {
    return node.isBoolean() && !node.booleanValue();
  }

  private static boolean isTrue(JsonNode node) {
    return node.isBoolean() && node.booleanValue();
  }

  private static Set<String> required(Place place) {
    Set<String> names = new LinkedHashSet<>();
    JsonNode required = place.get("required");
    if (!required.isMissingNode() && !required.isArray()) {
      throw place.wrong("required", "it is an array of names.");
    }
    required.forEach(name -> names.add(name.asText()));
    return names;
  }

  /** The schema of a property that is required but not listed. */
  private Node unlisted(Place place) {
    return place.has("additionalProperties")
        ? compiler.node(place.child("additionalProperties"))
        : JsonRules.VALUE;
  }

  /** Without listed properties. The same name may come twice, so a minimum above one fails. */
  private Node map(Place place, int min, int max) {
    if (min > 1) {
      throw place.wrong("minProperties", "it is supported up to 1 where no properties are listed.");
    }
    Node member = JsonRules.member(JsonRules.STRING, unlisted(place));
    return JsonRules.object(
        max != Node.MANY && max < min ? Node.NEVER : JsonRules.list(member, min, max));
  }

  private Node otherMember(Place place, Set<String> listed) {
    return JsonRules.member(OtherNames.than(listed), unlisted(place));
  }

  /** From the last to the first: what follows a member depends on whether any came before. */
  private static Node members(Map<String, Node> listed, Set<String> required, Node other) {
    Node after =
        other == null ? Node.EMPTY : Node.repeat(Node.seq(JsonRules.COMMA, other), 0, Node.MANY);
    Node first = other == null ? Node.EMPTY : JsonRules.list(other, 0, Node.MANY);
    List<Map.Entry<String, Node>> order = new ArrayList<>(listed.entrySet());
    for (Map.Entry<String, Node> entry : order.reversed()) {
      Node member =
          JsonRules.member(
              Node.text(TextNode.valueOf(entry.getKey()).toString()), entry.getValue());
      Node begins = Node.seq(member, after);
      Node goesOn = Node.seq(JsonRules.COMMA, member, after);
      boolean must = required.contains(entry.getKey());
      first = must ? begins : Node.alt(begins, first);
      after = must ? goesOn : Node.alt(goesOn, after);
    }
    return first;
  }
}
