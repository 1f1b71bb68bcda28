package dev.millrace.models.hub;

/** A model that could not be fetched, said in one line: which file, what the server answered. */
public final class HubException extends RuntimeException {

  public HubException(String message) {
    super(message);
  }

  public HubException(String message, Throwable cause) {
    super(message, cause);
  }
}
