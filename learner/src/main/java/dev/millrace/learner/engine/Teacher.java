package dev.millrace.learner.engine;

import dev.millrace.contracts.avro.Prompt;
import dev.millrace.learner.curriculum.Curriculum;
import dev.millrace.learner.machine.RunState;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.learner.update.PolicyUpdater;
import dev.millrace.learner.update.RefusedUpdateException;
import dev.millrace.learner.update.SftExample;
import dev.millrace.learner.update.UpdateReport;
import dev.millrace.policy.PolicyText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The warm start: what one SFT entry does to a policy, when it is made and when it is re-applied.
 */
final class Teacher {

  private static final int MOST_KEPT = 100_000;
  private static final Logger LOG = LoggerFactory.getLogger(Teacher.class);

  private final RunSettings settings;
  private final Curriculum curriculum;
  private final PolicyText text;

  /** The prompts of the warm start stay the same, and come again in every epoch. */
  private final Map<String, Optional<SftExample>> encoded = new HashMap<>();

  private String problem = "";

  Teacher(RunSettings settings, Curriculum curriculum, PolicyText text) {
    this.settings = settings;
    this.curriculum = curriculum;
    this.text = text;
  }

  /**
   * Makes the updates of the entry after {@code state}. One that would break the policy is left
   * out.
   *
   * @return the means of what the updates report, and how many were refused
   */
  Map<String, Double> teach(RunState state, PolicyUpdater updater) {
    int count = settings.warmStart().updatesPerEntry();
    Map<String, Double> sums = new TreeMap<>();
    int made = 0;
    for (int i = 0; i < count; i++) {
      long update = state.sftUpdates() + i;
      try {
        UpdateReport report = updater.warmUp(examples(state, update), update + 1);
        report.metrics().forEach((name, value) -> sums.merge(name, value, Double::sum));
        made++;
      } catch (RefusedUpdateException e) {
        sums.merge(REFUSED, 1.0, Double::sum);
      }
    }
    Map<String, Double> means = new TreeMap<>();
    int updates = Math.max(1, made);
    sums.forEach((name, sum) -> means.put(name, name.equals(REFUSED) ? sum : sum / updates));
    return means;
  }

  /** Updates of an entry that were refused. */
  static final String REFUSED = "refused";

  private List<SftExample> examples(RunState state, long update) {
    List<SftExample> examples = new ArrayList<>();
    if (encoded.size() > MOST_KEPT) {
      encoded.clear();
    }
    for (Prompt prompt : curriculum.answered(state.position(), update)) {
      encoded.computeIfAbsent(prompt.getId(), id -> encode(prompt)).ifPresent(examples::add);
    }
    if (examples.isEmpty()) {
      throw new IllegalStateException(
          "the warm start has no example that the policy can read; " + problem);
    }
    return examples;
  }

  /** Empty for a prompt with a character that the vocabulary lacks: it is left out. */
  private Optional<SftExample> encode(Prompt prompt) {
    try {
      return Optional.of(
          new SftExample(text.prompt(prompt.getMessages()), text.answer(prompt.getAnswer())));
    } catch (IllegalArgumentException e) {
      problem = "prompt " + prompt.getId() + ": " + e.getMessage();
      LOG.warn("left out of the warm start: {}", problem);
      return Optional.empty();
    }
  }
}
