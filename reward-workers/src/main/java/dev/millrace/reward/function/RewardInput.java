package dev.millrace.reward.function;

import dev.millrace.contracts.avro.FinishReason;
import dev.millrace.contracts.avro.Message;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * One completion and what it is judged by.
 *
 * @param messages the prompt
 * @param answer the reference; present whenever the function {@linkplain RewardFunction#needsAnswer
 *     needs} it
 * @param text the completion
 * @param finishReason why it ended
 * @param tokens its length, the end token included
 * @param tags of the prompt
 */
public record RewardInput(
    List<Message> messages,
    Optional<String> answer,
    String text,
    FinishReason finishReason,
    int tokens,
    List<String> tags) {

  public RewardInput {
    messages = List.copyOf(messages);
    Objects.requireNonNull(answer, "answer");
    Objects.requireNonNull(text, "text");
    Objects.requireNonNull(finishReason, "finishReason");
    tags = List.copyOf(tags);
  }

  /** The reference, for functions that said they need it. */
  public String reference() {
    return answer.orElseThrow(
        () -> new RewardException("answer-missing", "the prompt has no answer"));
  }
}
