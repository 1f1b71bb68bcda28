package dev.millrace.preprocess.parse;

/** The parser was closed or its caller interrupted: nothing is wrong with the document. */
public final class ParserStoppedException extends RuntimeException {

  private static final long serialVersionUID = 1;

  ParserStoppedException(String message, Throwable cause) {
    super(message, cause);
  }
}
