package dev.millrace.serving.chat;

/** How an answer ended, and what it cost in tokens of the model that counted them. */
public record Finish(Reason reason, int promptTokens, int completionTokens) {

  /** Why no more text came. */
  public enum Reason {
    STOP,
    LENGTH,
    TOOL_CALLS,
    CONTENT_FILTER
  }
}
