package dev.millrace.serving.structured;

import java.util.ArrayList;
import java.util.List;

/**
 * Ranges of code points as rules over the bytes of UTF-8 (the construction of Thompson and Cox, as
 * in RE2: a range is cut where the length or a leading byte changes). Surrogates are left out.
 */
final class Utf8 {

  private static final int[] LAST_OF_LENGTH = {0x7f, 0x7ff, 0xffff, 0x10ffff};

  private Utf8() {}

  /** One code point from {@code from} to {@code to}, both included. */
  static Node range(int from, int to) {
    List<Node> choices = new ArrayList<>();
    if (from < 0xd800 && to > 0xdfff) {
      split(from, 0xd7ff, choices);
      split(0xe000, to, choices);
    } else {
      split(
          from >= 0xd800 && from <= 0xdfff ? 0xe000 : from,
          to >= 0xd800 && to <= 0xdfff ? 0xd7ff : to,
          choices);
    }
    return choices.isEmpty() ? Node.NEVER : Node.alt(choices);
  }

  private static void split(int from, int to, List<Node> out) {
    if (from > to) {
      return;
    }
    for (int last : LAST_OF_LENGTH) {
      if (from <= last && to > last) {
        split(from, last, out);
        split(last + 1, to, out);
        return;
      }
    }
    int length = length(from);
    for (int i = 1; i < length; i++) {
      int mask = (1 << 6 * i) - 1; // the last i continuation bytes
      if ((from & ~mask) != (to & ~mask)) {
        if ((from & mask) != 0) {
          split(from, from | mask, out);
          split((from | mask) + 1, to, out);
          return;
        }
        if ((to & mask) != mask) {
          split(from, (to & ~mask) - 1, out);
          split(to & ~mask, to, out);
          return;
        }
      }
    }
    int[] low = encode(from, length);
    int[] high = encode(to, length);
    Node[] parts = new Node[length];
    for (int i = 0; i < length; i++) {
      parts[i] = Node.bytes(ByteSet.range(low[i], high[i]));
    }
    out.add(length == 1 ? parts[0] : Node.seq(parts));
  }

  private static int length(int codePoint) {
    return codePoint <= 0x7f ? 1 : codePoint <= 0x7ff ? 2 : codePoint <= 0xffff ? 3 : 4;
  }

  private static int[] encode(int codePoint, int length) {
    int[] bytes = new int[length];
    int rest = codePoint;
    for (int i = length - 1; i > 0; i--) {
      bytes[i] = 0x80 | rest & 0x3f;
      rest >>= 6;
    }
    int[] lead = {0, 0, 0xc0, 0xe0, 0xf0};
    bytes[0] = lead[length] | rest;
    return bytes;
  }
}
