package dev.millrace.serving.structured;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Arrays: the items that have a schema of their own, then any number that share one. */
final class ArrayShape {

  private final SchemaCompiler compiler;

  ArrayShape(SchemaCompiler compiler) {
    this.compiler = compiler;
  }

  Node of(Place place) {
    boolean old = place.get("items").isArray(); // draft 7 wrote the first items so
    String firstKeyword = old ? "items" : "prefixItems";
    String restKeyword = old ? "additionalItems" : "items";
    JsonNode listed = place.get(firstKeyword);
    if (!listed.isMissingNode() && !listed.isArray()) {
      throw place.wrong(firstKeyword, "it is an array of schemas.");
    }
    if (!old && place.has("additionalItems")) {
      throw place.wrong("additionalItems", "it goes with an array of 'items' only.");
    }
    List<Node> first = new ArrayList<>();
    for (int i = 0; i < listed.size(); i++) {
      first.add(compiler.node(place.child(firstKeyword, i)));
    }
    int min = place.count("minItems", 0);
    int max = place.count("maxItems", Node.MANY);
    if (max != Node.MANY && max < min) {
      return Node.NEVER;
    }
    // items behind those that are listed are left out unless the schema speaks of them
    boolean more = place.has(restKeyword) || first.isEmpty() || min > first.size();
    Node rest = place.has(restKeyword) ? compiler.node(place.child(restKeyword)) : JsonRules.VALUE;
    return JsonRules.array(
        first.isEmpty()
            ? JsonRules.list(rest, min, max)
            : listed(first, more ? rest : null, min, max));
  }

  private static Node listed(List<Node> first, Node rest, int min, int max) {
    int all = max == Node.MANY ? first.size() : Math.min(max, first.size());
    Node tail = Node.EMPTY;
    if (rest != null && (max == Node.MANY || max > first.size())) {
      tail =
          Node.repeat(
              Node.seq(JsonRules.COMMA, rest),
              Math.max(0, min - first.size()),
              max == Node.MANY ? Node.MANY : max - first.size());
    }
    for (int i = all - 1; i >= 0; i--) {
      Node item = i == 0 ? first.get(i) : Node.seq(JsonRules.COMMA, first.get(i));
      Node here = Node.seq(item, tail);
      tail = i < min ? here : Node.maybe(here);
    }
    return tail;
  }
}
