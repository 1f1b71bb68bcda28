package dev.millrace.ingest.prompt;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What prompts are given that do not say it themselves.
 *
 * @param system a system message put first, where there is none
 * @param rewardProfile of prompts that name none; without it they are refused
 * @param tags of every prompt, beside its own
 * @param heldOut which prompts are held out that do not say
 */
public record PromptDefaults(
    Optional<String> system, Optional<String> rewardProfile, List<String> tags, HeldOut heldOut) {

  /** Nothing. */
  public static final PromptDefaults NONE =
      new PromptDefaults(Optional.empty(), Optional.empty(), List.of(), HeldOut.NONE);

  public PromptDefaults {
    Objects.requireNonNull(system, "system");
    Objects.requireNonNull(rewardProfile, "rewardProfile");
    Objects.requireNonNull(heldOut, "heldOut");
    tags = List.copyOf(tags);
  }
}
