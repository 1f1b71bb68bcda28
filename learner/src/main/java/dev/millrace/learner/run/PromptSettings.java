package dev.millrace.learner.run;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which prompts of the log are used.
 *
 * @param tags a prompt needs all of them; none: every prompt
 * @param atLeast the run begins when the log has so many prompts to train on
 * @param profiles the reward profiles that are known, and whether each needs an answer; prompts of
 *     others are skipped; empty: filled in by the stage
 */
public record PromptSettings(List<String> tags, int atLeast, Map<String, Boolean> profiles) {

  public PromptSettings {
    tags = tags == null ? List.of() : List.copyOf(tags);
    profiles = profiles == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(profiles));
    Checks.range("atLeast", atLeast, 1, Integer.MAX_VALUE);
  }

  PromptSettings withProfiles(Map<String, Boolean> known) {
    return new PromptSettings(tags, atLeast, known);
  }
}
