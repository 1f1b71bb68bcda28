package dev.millrace.serving.structured;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** {@code anyOf}, {@code oneOf} and {@code allOf}. */
final class Alternatives {

  private final SchemaCompiler compiler;

  Alternatives(SchemaCompiler compiler) {
    this.compiler = compiler;
  }

  Node of(Place place, String keyword) {
    JsonNode schemas = place.get(keyword);
    if (!schemas.isArray() || schemas.isEmpty()) {
      throw place.wrong(keyword, "it is an array of at least one schema.");
    }
    List<Place> branches = new ArrayList<>();
    for (int i = 0; i < schemas.size(); i++) {
      branches.add(place.child(keyword, i));
    }
    if (keyword.equals("allOf") && branches.size() > 1) {
      throw place.wrong(keyword, "it is supported with one schema: put them into one.");
    }
    if (keyword.equals("oneOf")) {
      requireApart(place, branches);
    }
    return JsonRules.any(branches.stream().map(compiler::node).toList());
  }

  /** A value that two branches accept is refused by the schema: no two may have one in common. */
  private void requireApart(Place place, List<Place> branches) {
    List<Place> resolved = branches.stream().map(this::resolved).toList();
    for (int i = 0; i < resolved.size(); i++) {
      for (int k = i + 1; k < resolved.size(); k++) {
        if (!apart(resolved.get(i), resolved.get(k))) {
          throw place.wrong(
              "oneOf",
              "it is supported where its schemas differ in type, or in the constant of a required"
                  + " property; those at %d and %d do not: use 'anyOf'.".formatted(i, k));
        }
      }
    }
  }

  private Place resolved(Place branch) {
    Place at = branch;
    for (int hops = 0; at.schema().isObject() && at.has("$ref"); hops++) {
      if (hops > 100) {
        throw branch.wrong("$ref", "it leads in a circle.");
      }
      at = compiler.resolve(at);
    }
    return at;
  }

  private boolean apart(Place one, Place other) {
    if (!one.schema().isObject() || !other.schema().isObject()) {
      return false;
    }
    if (isLiteral(one) && isLiteral(other)) {
      return apartLiterals(one, other);
    }
    Set<Kind> kinds = kinds(one);
    Set<Kind> others = kinds(other);
    boolean bothNumbers = isNumeric(kinds) && isNumeric(others);
    Set<Kind> common = new HashSet<>(kinds);
    common.retainAll(others);
    if (common.isEmpty() && !bothNumbers) {
      return true;
    }
    return common.equals(Set.of(Kind.OBJECT)) && !bothNumbers && discriminated(one, other);
  }

  private static boolean isNumeric(Set<Kind> kinds) {
    return kinds.contains(Kind.NUMBER) || kinds.contains(Kind.INTEGER);
  }

  private static Set<Kind> kinds(Place place) {
    if (isLiteral(place)) {
      Set<Kind> kinds = new HashSet<>();
      for (JsonNode value : SchemaCompiler.literals(place)) {
        for (Kind kind : Kind.values()) {
          if (kind.admits(value)) {
            kinds.add(kind);
          }
        }
      }
      return kinds;
    }
    boolean open =
        place.assertions().stream().anyMatch(k -> Kind.of(k) == null && !k.equals("type"));
    return open ? Set.of(Kind.values()) : SchemaCompiler.kinds(place);
  }

  private static boolean isLiteral(Place place) {
    return place.schema().isObject() && (place.has("const") || place.has("enum"));
  }

  private static boolean apartLiterals(Place one, Place other) {
    Set<JsonNode> values = new HashSet<>(SchemaCompiler.literals(one));
    return SchemaCompiler.literals(other).stream().noneMatch(values::contains);
  }

  private boolean discriminated(Place one, Place other) {
    for (JsonNode name : one.get("required")) {
      Place its = resolved(one.child("properties", name.asText()));
      Place theirs = resolved(other.child("properties", name.asText()));
      boolean needed = false;
      for (JsonNode required : other.get("required")) {
        needed |= required.equals(name);
      }
      if (needed && isLiteral(its) && isLiteral(theirs) && apartLiterals(its, theirs)) {
        return true;
      }
    }
    return false;
  }
}
