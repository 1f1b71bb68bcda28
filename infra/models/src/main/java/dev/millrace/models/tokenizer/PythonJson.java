package dev.millrace.models.tokenizer;

import java.math.BigDecimal;
import java.util.Collection;
import java.util.Iterator;
import java.util.Map;

/**
 * JSON with the spacing and numbers of Python's {@code json.dumps(x, ensure_ascii=False)}: models
 * were trained on tool lists written by it.
 */
final class PythonJson {

  private final int indent;
  private final StringBuilder out = new StringBuilder();

  private PythonJson(int indent) {
    this.indent = indent;
  }

  /**
   * @param indent spaces a level, negative for one line
   */
  static String write(Object value, int indent) {
    PythonJson json = new PythonJson(indent);
    json.append(value, 1);
    return json.out.toString();
  }

  private void append(Object value, int level) {
    switch (value) {
      case null -> out.append("null");
      case String text -> quote(text);
      case Boolean bool -> out.append(bool);
      case Double number -> out.append(number(number));
      case Float number -> out.append(number(number.doubleValue()));
      case BigDecimal number -> out.append(number(number.doubleValue()));
      case Number number -> out.append(number);
      case Map<?, ?> map -> object(map, level);
      case Collection<?> list -> array(list, level);
      default ->
          throw new TokenizerException("tojson cannot write a " + value.getClass().getSimpleName());
    }
  }

  private void object(Map<?, ?> map, int level) {
    out.append('{');
    Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
    boolean empty = map.isEmpty();
    while (entries.hasNext()) {
      Map.Entry<?, ?> entry = entries.next();
      newLine(level);
      quote(String.valueOf(entry.getKey()));
      out.append(": ");
      append(entry.getValue(), level + 1);
      separate(entries.hasNext());
    }
    close('}', empty, level);
  }

  private void array(Collection<?> list, int level) {
    out.append('[');
    Iterator<?> items = list.iterator();
    while (items.hasNext()) {
      newLine(level);
      append(items.next(), level + 1);
      separate(items.hasNext());
    }
    close(']', list.isEmpty(), level);
  }

  private void separate(boolean more) {
    if (more) {
      out.append(indent < 0 ? ", " : ",");
    }
  }

  private void close(char bracket, boolean empty, int level) {
    if (!empty) {
      newLine(level - 1);
    }
    out.append(bracket);
  }

  private void newLine(int level) {
    if (indent >= 0) {
      out.append('\n').repeat(' ', indent * level);
    }
  }

  private void quote(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c < 0x20) {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  /** Python's repr: shortest digits, an exponent below 1e-4 and from 1e16 on. */
  static String number(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "Infinity" : "-Infinity";
    }
    double magnitude = Math.abs(value);
    if (magnitude == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    BigDecimal digits = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    if (magnitude >= 1e-4 && magnitude < 1e16) {
      String plain = digits.toPlainString();
      return plain.contains(".") ? plain : plain + ".0";
    }
    int exponent = digits.precision() - digits.scale() - 1;
    String mantissa = digits.scaleByPowerOfTen(-exponent).toPlainString();
    return "%se%s%02d".formatted(mantissa, exponent < 0 ? "-" : "+", Math.abs(exponent));
  }
}
