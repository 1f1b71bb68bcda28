package dev.millrace.serving.structured;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * The number of bytes of the shortest text of every rule of a grammar, written in bytes that are
 * tokens of their own: the least fixed point of the rules' lengths.
 */
final class ShortestText {

  /** There is no such text. */
  static final int NONE = 1 << 28;

  private final Map<Node, Integer> lengths = new IdentityHashMap<>();
  private final ByteSet alphabet;

  ShortestText(Node root, ByteSet alphabet) {
    this.alphabet = alphabet;
    collect(root);
    boolean changed = true;
    while (changed) {
      changed = false;
      for (Map.Entry<Node, Integer> entry : lengths.entrySet()) {
        int now = compute(entry.getKey());
        if (now < entry.getValue()) {
          entry.setValue(now);
          changed = true;
        }
      }
    }
  }

  int of(Node node) {
    return lengths.get(node);
  }

  static int sum(int one, int other) {
    return Math.min(NONE, one + other);
  }

  static int times(int count, int length) {
    return count == 0 ? 0 : (int) Math.min(NONE, (long) count * length);
  }

  /** Number of rules. */
  int size() {
    return lengths.size();
  }

  private void collect(Node root) {
    Deque<Node> open = new ArrayDeque<>(List.of(root));
    while (!open.isEmpty()) {
      Node node = open.pop();
      if (lengths.putIfAbsent(node, NONE) == null) {
        switch (node) {
          case Node.Bytes b -> {}
          case Node.Seq seq -> open.addAll(seq.parts);
          case Node.Alt alt -> open.addAll(alt.choices);
          case Node.Repeat repeat -> open.add(repeat.body);
          case Node.Rule rule -> open.add(rule.body());
        }
      }
    }
  }

  private int compute(Node node) {
    return switch (node) {
      case Node.Bytes b -> b.set.meets(alphabet) ? 1 : NONE;
      case Node.Seq seq -> {
        int length = 0;
        for (Node part : seq.parts) {
          length = sum(length, of(part));
        }
        yield length;
      }
      case Node.Alt alt -> {
        int length = NONE;
        for (Node choice : alt.choices) {
          length = Math.min(length, of(choice));
        }
        yield length;
      }
      case Node.Repeat repeat -> times(repeat.min, of(repeat.body));
      case Node.Rule rule -> of(rule.body());
    };
  }
}
