package dev.millrace.index;

/** OpenSearch refuses a request or an entry, and would refuse it again. */
public final class IndexRefusedException extends RuntimeException {

  private static final long serialVersionUID = 1;

  private final int status;
  private final String type;

  IndexRefusedException(int status, String type, String message) {
    super(message);
    this.status = status;
    this.type = type;
  }

  public int status() {
    return status;
  }

  /** OpenSearch's name for the error, for example {@code mapper_parsing_exception}. */
  public String type() {
    return type;
  }
}
