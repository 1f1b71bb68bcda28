package dev.millrace.models.tokenizer;

/** A tokenizer or chat template that cannot be used, said in one line. */
public final class TokenizerException extends RuntimeException {

  public TokenizerException(String message) {
    super(message);
  }

  public TokenizerException(String message, Throwable cause) {
    super(message, cause);
  }
}
