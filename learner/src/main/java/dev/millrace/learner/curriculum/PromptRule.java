package dev.millrace.learner.curriculum;

import dev.millrace.contracts.avro.Prompt;
import dev.millrace.learner.run.CurriculumSettings;
import dev.millrace.learner.run.RunSettings;
import java.util.Map;

/** Says what a run may do with a prompt. */
final class PromptRule {

  /** Prompts that the run has nothing to do with. */
  static final String OTHER = "";

  private final RunSettings settings;

  PromptRule(RunSettings settings) {
    this.settings = settings;
  }

  /** What a prompt is good for. */
  sealed interface Use {

    /**
     * To be trained on.
     *
     * @param answered whether supervised learning can use it too
     * @param weight how often it comes where others come once; more than 0
     */
    record Training(boolean answered, double weight) implements Use {}

    /** For evaluation only. */
    record HeldOut() implements Use {}

    /**
     * For nothing.
     *
     * @param reason as a code; {@link #OTHER} if it is of another run
     */
    record None(String reason) implements Use {}
  }

  Use of(Prompt prompt) {
    if (!prompt.getTags().containsAll(settings.prompts().tags())) {
      return new Use.None(OTHER);
    }
    if (prompt.getMessages().stream().allMatch(message -> message.getContent().isBlank())) {
      return new Use.None("no-text");
    }
    boolean answered = prompt.getAnswer() != null && !prompt.getAnswer().isBlank();
    Map<String, Boolean> profiles = settings.prompts().profiles();
    if (!profiles.isEmpty()) {
      Boolean needsAnswer = profiles.get(prompt.getRewardProfile());
      if (needsAnswer == null) {
        return new Use.None("unknown-reward-profile");
      }
      if (needsAnswer && !answered) {
        return new Use.None("answer-missing");
      }
    }
    if (prompt.getHeldOut()) {
      return new Use.HeldOut();
    }
    CurriculumSettings curriculum = settings.curriculum();
    double weight = curriculum.weight(prompt.getTags());
    return weight == 0 ? new Use.None("weight-0") : new Use.Training(answered, weight);
  }
}
