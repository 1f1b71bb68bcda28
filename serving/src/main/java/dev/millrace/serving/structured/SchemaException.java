package dev.millrace.serving.structured;

/** A schema that is not enforced here: the keyword at fault, where it stands, and why. */
public final class SchemaException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final String keyword;

  SchemaException(String keyword, String at, String why) {
    super(
        "'%s' at %s: %s".formatted(keyword, at.isEmpty() ? "the root" : at, why),
        null,
        false,
        false);
    this.keyword = keyword;
  }

  static SchemaException unsupported(String keyword, String at) {
    return new SchemaException(keyword, at, "this keyword is not supported.");
  }

  /** The keyword at fault. */
  public String keyword() {
    return keyword;
  }
}
