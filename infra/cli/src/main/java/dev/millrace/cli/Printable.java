package dev.millrace.cli;

/** Text from records, made safe for a terminal: what a record says must not steer it. */
final class Printable {

  private static final int MOST = 2_000;

  private Printable() {}

  /** Control characters become {@code ·}; long text is cut. */
  static String of(String text) {
    String shown = text.length() > MOST ? text.substring(0, MOST) + " …" : text;
    return shown
        .codePoints()
        .map(
            c ->
                Character.isISOControl(c)
                        || Character.getType(c) == Character.FORMAT
                        || Character.getType(c) == Character.LINE_SEPARATOR
                    ? '·'
                    : c)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
