package dev.millrace.serving.structured;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;

/**
 * Names of properties that are not listed: strings of characters that need no escape, along a tree
 * of the listed names and away from it before it ends in one of them.
 */
final class OtherNames {

  /** What may stand in a name. */
  private static final CodePoints PLAIN = CodePoints.of(0x20, 0x21, 0x23, 0x5b, 0x5d, 0x10ffff);

  private final TreeMap<Integer, OtherNames> children = new TreeMap<>();
  private boolean listed;

  private OtherNames() {}

  static Node than(Collection<String> names) {
    OtherNames root = new OtherNames();
    for (String name : names) {
      OtherNames at = root;
      for (int c : name.codePoints().toArray()) {
        at = at.children.computeIfAbsent(c, key -> new OtherNames());
      }
      at.listed = true;
    }
    return JsonRules.string(root.rest());
  }

  private Node rest() {
    CodePoints taken = CodePoints.of(new int[0]);
    List<Node> choices = new ArrayList<>();
    for (var child : children.entrySet()) {
      taken = taken.or(CodePoints.of((int) child.getKey()));
      if (!escaped(child.getKey())) {
        choices.add(
            Node.seq(CodePoints.of((int) child.getKey()).inString(), child.getValue().rest()));
      }
    }
    Node away = taken.or(PLAIN.complement()).complement().inString();
    choices.add(Node.seq(away, Node.repeat(PLAIN.inString(), 0, Node.MANY)));
    if (!listed) {
      choices.add(Node.EMPTY);
    }
    return Node.alt(choices);
  }

  private static boolean escaped(int c) {
    return c < 0x20 || c == '"' || c == '\\';
  }
}
