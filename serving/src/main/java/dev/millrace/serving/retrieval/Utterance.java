package dev.millrace.serving.retrieval;

import java.util.Objects;

/** Something that was said earlier in the conversation, by the user or to the user. */
public record Utterance(boolean byUser, String text) {

  public Utterance {
    Objects.requireNonNull(text, "text");
  }
}
