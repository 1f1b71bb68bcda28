package dev.millrace.ingest.cli;

import dev.millrace.ingest.DocumentJson.OtherFields;
import dev.millrace.ingest.prompt.HeldOut;
import dev.millrace.ingest.prompt.PromptDefaults;
import dev.millrace.ingest.prompt.PromptFields;
import dev.millrace.ingest.prompt.PromptJson;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where a data set keeps what, and what its prompts are given. */
final class PromptOptions {

  @Option(
      names = "--id-field",
      paramLabel = "FIELD",
      defaultValue = "id",
      description = "Field of the id (default: ${DEFAULT-VALUE}; without it FILE#LINE).")
  private String id;

  @Option(
      names = "--question-field",
      paramLabel = "FIELD",
      defaultValue = "text",
      description = "Field of the question (default: ${DEFAULT-VALUE}).")
  private String question;

  @Option(
      names = "--messages-field",
      paramLabel = "FIELD",
      defaultValue = "messages",
      description = "Field of a conversation instead of a question (default: ${DEFAULT-VALUE}).")
  private String messages;

  @Option(
      names = "--answer-field",
      paramLabel = "FIELD",
      defaultValue = "answer",
      description = "Field of the reference answer (default: ${DEFAULT-VALUE}).")
  private String answer;

  @Option(
      names = "--answer-after",
      paramLabel = "MARK",
      description = "The answer is what stands after the last MARK in its field, such as '####'.")
  private String answerAfter;

  @Option(
      names = "--tags-field",
      paramLabel = "FIELD",
      defaultValue = "tags",
      description = "Field of the tags (default: ${DEFAULT-VALUE}).")
  private String tagsField;

  @Option(
      names = "--reward-field",
      paramLabel = "FIELD",
      defaultValue = "reward_profile",
      description = "Field of the reward profile (default: ${DEFAULT-VALUE}).")
  private String rewardField;

  @Option(
      names = "--held-out-field",
      paramLabel = "FIELD",
      defaultValue = "held_out",
      description = "Field, true or false, of held-out prompts (default: ${DEFAULT-VALUE}).")
  private String heldOutField;

  @Option(
      names = "--held-out-share",
      paramLabel = "SHARE",
      defaultValue = "0",
      description = {
        "Hold this share of the prompts out for evaluation, from 0 to 1, chosen by their ids:",
        "the same prompts each time."
      })
  private double heldOutShare;

  @Option(
      names = "--reward",
      paramLabel = "PROFILE",
      description = "Reward profile of prompts that name none: exact, numeric, ... or your own.")
  private String reward;

  @Option(
      names = "--system",
      paramLabel = "TEXT",
      description = "System message of prompts that have none.")
  private String system;

  @Option(names = "--tag", paramLabel = "TAG", description = "Added to every prompt. Repeatable.")
  private List<String> tags = List.of();

  /**
   * @throws IllegalArgumentException when an option is out of its range
   */
  PromptJson json() {
    var fields =
        new PromptFields(
            id,
            question,
            messages,
            answer,
            Optional.ofNullable(answerAfter),
            tagsField,
            rewardField,
            heldOutField);
    var defaults =
        new PromptDefaults(
            Optional.ofNullable(system),
            Optional.ofNullable(reward),
            tags,
            new HeldOut(heldOutShare));
    return new PromptJson(fields, defaults, OtherFields.METADATA);
  }
}
