package dev.millrace.reward.profile;

import dev.millrace.reward.function.RewardFunction;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A named, weighted sum of rewards.
 *
 * @param name by which prompts choose it
 * @param components at least one, each with a name of its own
 */
public record RewardProfile(String name, List<Component> components) {

  /**
   * One reward of a profile.
   *
   * @param name under which its score is kept
   * @param weight of the score in the sum, finite; negative punishes
   */
  public record Component(String name, RewardFunction function, double weight) {
    public Component {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(function, "function");
      if (!Double.isFinite(weight)) {
        throw new IllegalArgumentException("the weight of " + name + " is " + weight);
      }
    }
  }

  public RewardProfile {
    components = List.copyOf(components);
    if (components.isEmpty()) {
      throw new IllegalArgumentException("reward profile '" + name + "' has no rewards");
    }
    Set<String> names = new HashSet<>();
    for (Component component : components) {
      if (!names.add(component.name())) {
        throw new IllegalArgumentException(
            "reward profile '%s' has two rewards named '%s': give one a 'name'"
                .formatted(name, component.name()));
      }
    }
  }

  /** Whether prompts of this profile must bring an answer. */
  public boolean needsAnswer() {
    return components.stream().anyMatch(component -> component.function().needsAnswer());
  }
}
