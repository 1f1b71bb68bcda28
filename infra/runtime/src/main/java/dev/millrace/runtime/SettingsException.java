package dev.millrace.runtime;

/** A setting is missing or wrong; the message is one line that names it and says what to do. */
public final class SettingsException extends IllegalArgumentException {

  private static final long serialVersionUID = 1;

  public SettingsException(String message) {
    super(message);
  }
}
