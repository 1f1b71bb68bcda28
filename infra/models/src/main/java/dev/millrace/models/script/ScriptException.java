package dev.millrace.models.script;

/**
 * A script method failed; the message carries the script's own traceback (file, line, operator).
 */
public final class ScriptException extends RuntimeException {

  private final String method;

  ScriptException(String method, String traceback, Throwable cause) {
    super("script method '" + method + "' failed: " + traceback.strip(), cause);
    this.method = method;
  }

  /** The script method that was called. */
  public String method() {
    return method;
  }
}
