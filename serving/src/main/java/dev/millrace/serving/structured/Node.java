package dev.millrace.serving.structured;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A grammar over bytes. Nodes are compared by identity, and shared where a rule is used twice. */
sealed interface Node {

  /** Unbounded. */
  int MANY = -1;

  Node EMPTY = new Seq(List.of());

  /** Nothing at all: a rule that cannot be met. */
  Node NEVER = new Alt(List.of());

  /** One byte of a set. */
  final class Bytes implements Node {
    final ByteSet set;

    Bytes(ByteSet set) {
      this.set = set;
    }
  }

  /** One after the other. */
  final class Seq implements Node {
    final List<Node> parts;

    Seq(List<Node> parts) {
      this.parts = List.copyOf(parts);
    }
  }

  /** Any one of them. */
  final class Alt implements Node {
    final List<Node> choices;

    Alt(List<Node> choices) {
      this.choices = List.copyOf(choices);
    }
  }

  /** {@code min} to {@code max} times; the body is never empty. */
  final class Repeat implements Node {
    final Node body;
    final int min;
    final int max;

    Repeat(Node body, int min, int max) {
      this.body = body;
      this.min = min;
      this.max = max;
    }
  }

  /** A rule that is defined later, so that rules may refer to one another. */
  final class Rule implements Node {
    private Node body;

    void is(Node defined) {
      body = defined;
    }

    Node body() {
      if (body == null) {
        throw new IllegalStateException("A rule was used before it was defined");
      }
      return body;
    }
  }

  static Node bytes(ByteSet set) {
    return new Bytes(set);
  }

  static Node seq(Node... parts) {
    return new Seq(List.of(parts));
  }

  static Node alt(Node... choices) {
    return new Alt(List.of(choices));
  }

  static Node alt(List<Node> choices) {
    return choices.size() == 1 ? choices.get(0) : new Alt(choices);
  }

  static Node maybe(Node node) {
    return alt(node, EMPTY);
  }

  static Node repeat(Node body, int min, int max) {
    return max == 0 ? EMPTY : new Repeat(body, min, max);
  }

  /** These very bytes. */
  static Node text(String text) {
    List<Node> parts = new ArrayList<>();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      parts.add(bytes(ByteSet.of(b & 0xff)));
    }
    return new Seq(parts);
  }
}
