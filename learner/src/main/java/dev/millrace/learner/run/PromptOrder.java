package dev.millrace.learner.run;

import com.fasterxml.jackson.annotation.JsonProperty;

/** In which order prompts come. */
public enum PromptOrder {
  /** Passes over all prompts of the log, each in another order: a data set. */
  @JsonProperty("epochs")
  EPOCHS,
  /** Each prompt of the log once, as they arrive; when there are no more, the run waits. */
  @JsonProperty("arrival")
  ARRIVAL
}
