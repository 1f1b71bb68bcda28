package dev.millrace.serving.structured;

import static dev.millrace.serving.structured.Node.alt;
import static dev.millrace.serving.structured.Node.bytes;
import static dev.millrace.serving.structured.Node.maybe;
import static dev.millrace.serving.structured.Node.repeat;
import static dev.millrace.serving.structured.Node.seq;
import static dev.millrace.serving.structured.Node.text;

import java.util.List;

/**
 * The rules of JSON (RFC 8259), a little narrower than it: numbers have at most 15 digits on each
 * side of the point, so that every reader takes them, and white space is a space, or a line break
 * and an indentation.
 */
final class JsonRules {

  private static final ByteSet DIGITS = ByteSet.range('0', '9');
  private static final ByteSet HEX = DIGITS.or(ByteSet.range('a', 'f')).or(ByteSet.range('A', 'F'));
  private static final int MOST_DIGITS = 15;

  /** White space between tokens, or none. */
  static final Node SPACE =
      alt(Node.EMPTY, text(" "), seq(text("\n"), repeat(bytes(ByteSet.of(" \t")), 0, 40)));

  static final Node DIGIT = bytes(DIGITS);
  static final Node NON_ZERO = bytes(ByteSet.range('1', '9'));
  static final Node COMMA = seq(text(","), SPACE);
  static final Node COLON = seq(text(":"), SPACE);

  private static final Node WHOLE =
      alt(text("0"), seq(NON_ZERO, repeat(DIGIT, 0, MOST_DIGITS - 1)));

  static final Node INTEGER = seq(maybe(text("-")), WHOLE);

  static final Node NUMBER =
      seq(
          maybe(text("-")),
          WHOLE,
          maybe(seq(text("."), repeat(DIGIT, 1, MOST_DIGITS))),
          maybe(seq(bytes(ByteSet.of("eE")), maybe(bytes(ByteSet.of("+-"))), repeat(DIGIT, 1, 2))));

  static final Node BOOLEAN = alt(text("true"), text("false"));
  static final Node NULL = text("null");

  /** One character of a string: raw, by a short escape, or by number (no half of a pair). */
  static final Node CHARACTER =
      alt(
          bytes(ByteSet.range(0x20, 0x7f).without(ByteSet.of("\"\\"))),
          Utf8.range(0x80, Character.MAX_CODE_POINT),
          seq(
              text("\\"),
              alt(
                  bytes(ByteSet.of("\"\\/bfnrt")),
                  seq(
                      text("u"),
                      alt(
                          seq(bytes(HEX.without(ByteSet.of("dD"))), bytes(HEX)),
                          seq(bytes(ByteSet.of("dD")), bytes(ByteSet.range('0', '7')))),
                      bytes(HEX),
                      bytes(HEX)))));

  static final Node STRING = string(repeat(CHARACTER, 0, Node.MANY));

  /** Any value, and any object. */
  static final Node VALUE;

  static final Node OBJECT;
  static final Node ARRAY;

  static {
    Node.Rule value = new Node.Rule();
    OBJECT = object(list(member(STRING, value), 0, Node.MANY));
    ARRAY = array(list(value, 0, Node.MANY));
    value.is(alt(STRING, NUMBER, BOOLEAN, NULL, OBJECT, ARRAY));
    VALUE = value;
  }

  private JsonRules() {}

  /** In quotes. */
  static Node string(Node characters) {
    return seq(text("\""), characters, text("\""));
  }

  static Node member(Node key, Node value) {
    return seq(key, COLON, value);
  }

  /** In braces. */
  static Node object(Node members) {
    return seq(text("{"), SPACE, members, SPACE, text("}"));
  }

  /** In brackets. */
  static Node array(Node items) {
    return seq(text("["), SPACE, items, SPACE, text("]"));
  }

  /** With commas between them. */
  static Node list(Node item, int min, int max) {
    if (max == 0) {
      return Node.EMPTY;
    }
    Node some =
        seq(
            item,
            repeat(seq(COMMA, item), Math.max(0, min - 1), max == Node.MANY ? Node.MANY : max - 1));
    return min == 0 ? maybe(some) : some;
  }

  /** Any of these. */
  static Node any(List<Node> choices) {
    return choices.isEmpty() ? Node.NEVER : alt(choices);
  }
}
