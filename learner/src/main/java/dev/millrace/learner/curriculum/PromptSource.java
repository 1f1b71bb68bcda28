package dev.millrace.learner.curriculum;

import dev.millrace.contracts.avro.Prompt;
import java.util.Collection;
import java.util.Map;

/** Where prompts come from: the prompt log, or a list in tests. */
public interface PromptSource {

  /** By partition, the offset behind the last prompt there is now. */
  Map<Integer, Long> ends();

  /** All prompts before {@code ends}, each id once: the newest. The same ends, the same prompts. */
  Collection<Prompt> upTo(Map<Integer, Long> ends);
}
