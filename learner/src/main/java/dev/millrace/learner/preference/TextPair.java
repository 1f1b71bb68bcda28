package dev.millrace.learner.preference;

import dev.millrace.contracts.avro.Message;
import java.util.List;
import java.util.Objects;

/** Two answers to one prompt, of which the first is the better one. */
public record TextPair(List<Message> prompt, String chosen, String rejected) {

  public TextPair {
    prompt = List.copyOf(prompt);
    Objects.requireNonNull(chosen, "chosen");
    Objects.requireNonNull(rejected, "rejected");
  }
}
