package dev.millrace.ingest.prompt;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Where a data set keeps what.
 *
 * @param id field of the id, a string or a whole number
 * @param text field of the question
 * @param messages field of a conversation, in place of a question
 * @param answer field of the reference answer, a string, a number or a truth value
 * @param answerAfter the answer is what stands after the last of these in its field
 * @param tags field of a list of strings, or of one string
 * @param rewardProfile field of the reward profile's name
 * @param heldOut field of true or false
 */
public record PromptFields(
    String id,
    String text,
    String messages,
    String answer,
    Optional<String> answerAfter,
    String tags,
    String rewardProfile,
    String heldOut) {

  /** The field of further values, which keeps its name. */
  static final String METADATA = "metadata";

  /** Ours. */
  public static final PromptFields DEFAULT =
      new PromptFields(
          "id",
          "text",
          "messages",
          "answer",
          Optional.empty(),
          "tags",
          "reward_profile",
          "held_out");

  public PromptFields {
    if (answerAfter.filter(String::isEmpty).isPresent()) {
      throw new IllegalArgumentException("what the answer stands after must not be empty");
    }
  }

  /** The names of all fields. */
  Set<String> names() {
    return new TreeSet<>(
        Set.copyOf(
            java.util.List.of(id, text, messages, answer, tags, rewardProfile, heldOut, METADATA)));
  }
}
