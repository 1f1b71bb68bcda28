package dev.millrace.learner.curriculum;

import dev.millrace.contracts.avro.Prompt;
import dev.millrace.learner.run.PromptSettings;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * The prompts of a run, sorted by id, so that their order says nothing about when they came.
 *
 * @param training to be trained on
 * @param heldOut for evaluation only
 * @param skipped number of prompts that cannot be used, by reason
 */
public record PromptPool(
    List<Prompt> training, List<Prompt> heldOut, Map<String, Integer> skipped) {

  public PromptPool {
    training = sorted(training);
    heldOut = sorted(heldOut);
    skipped = Collections.unmodifiableMap(new TreeMap<>(skipped));
  }

  private static List<Prompt> sorted(List<Prompt> prompts) {
    return prompts.stream().sorted(Comparator.comparing(Prompt::getId)).toList();
  }

  /** Sorts prompts out; each id stands once. */
  public static PromptPool of(Collection<Prompt> prompts, PromptSettings settings) {
    List<Prompt> training = new ArrayList<>();
    List<Prompt> heldOut = new ArrayList<>();
    Map<String, Integer> skipped = new TreeMap<>();
    for (Prompt prompt : prompts) {
      if (!prompt.getTags().containsAll(settings.tags())) {
        continue; // of another run
      }
      unusable(prompt, settings.profiles())
          .ifPresentOrElse(
              reason -> skipped.merge(reason, 1, Integer::sum),
              () -> (prompt.getHeldOut() ? heldOut : training).add(prompt));
    }
    return new PromptPool(training, heldOut, skipped);
  }

  private static Optional<String> unusable(Prompt prompt, Map<String, Boolean> profiles) {
    if (prompt.getMessages().stream().allMatch(message -> message.getContent().isBlank())) {
      return Optional.of("no-text");
    }
    if (profiles.isEmpty()) {
      return Optional.empty();
    }
    Boolean needsAnswer = profiles.get(prompt.getRewardProfile());
    if (needsAnswer == null) {
      return Optional.of("unknown-reward-profile");
    }
    return needsAnswer && !hasAnswer(prompt) ? Optional.of("answer-missing") : Optional.empty();
  }

  private static boolean hasAnswer(Prompt prompt) {
    return prompt.getAnswer() != null && !prompt.getAnswer().isBlank();
  }

  /** Training prompts that supervised learning can use. */
  public List<Prompt> answered() {
    return training.stream().filter(PromptPool::hasAnswer).toList();
  }

  /** At most {@code most} held-out prompts, always the same for a seed. */
  public List<Prompt> evaluation(long seed, int most) {
    List<Prompt> shuffled = shuffled(heldOut, seed, -1);
    return sorted(shuffled.subList(0, Math.min(most, shuffled.size())));
  }

  /** A permutation that follows from seed and epoch. */
  static List<Prompt> shuffled(List<Prompt> prompts, long seed, long epoch) {
    var random = new SplittableRandom(Seeds.mix(seed, epoch));
    List<Prompt> out = new ArrayList<>(prompts);
    for (int i = out.size() - 1; i > 0; i--) {
      Collections.swap(out, i, random.nextInt(i + 1));
    }
    return out;
  }

  /** One sentence: how many, and why not more. */
  public String describe() {
    return "%d prompts to train on, %d held out%s"
        .formatted(
            training.size(), heldOut.size(), skipped.isEmpty() ? "" : ", skipped " + skipped);
  }
}
