package dev.millrace.learner.update;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.learner.algorithm.AdvantageEstimator;
import dev.millrace.learner.algorithm.AdvantageSettings;
import dev.millrace.learner.algorithm.AlgorithmPart;
import dev.millrace.learner.algorithm.BatchSettings;
import dev.millrace.learner.algorithm.CriticSettings;
import dev.millrace.learner.algorithm.KlSettings;
import dev.millrace.learner.algorithm.OffPolicySettings;
import dev.millrace.learner.algorithm.OptimizerSettings;
import dev.millrace.learner.algorithm.OverlongSettings;
import dev.millrace.learner.algorithm.PolicyLossSettings;
import java.util.Objects;

/**
 * Everything that says how a policy learns from scored groups. Begin with a preset of {@link
 * AlgorithmPresets}, or {@link #parse} a tree whose {@code name} is one and whose other keys change
 * it.
 *
 * @param name of the preset that this began as
 * @param entropyBonus weight of the entropy that is added to the objective
 * @param dynamicSampling whether a batch wants as many informative groups as it has prompts, and is
 *     refilled until it has them (DAPO)
 * @param critic used by estimator gae alone
 * @param temperature at which samples are drawn: scores are computed at the same
 */
public record AlgorithmSettings(
    String name,
    AdvantageSettings advantage,
    PolicyLossSettings loss,
    OffPolicySettings offPolicy,
    KlSettings kl,
    double entropyBonus,
    OverlongSettings overlong,
    boolean dynamicSampling,
    BatchSettings batches,
    OptimizerSettings optimizer,
    CriticSettings critic,
    double temperature) {

  public AlgorithmSettings {
    Objects.requireNonNull(name, "name");
    given("advantage", advantage);
    given("loss", loss);
    given("offPolicy", offPolicy);
    given("kl", kl);
    given("overlong", overlong);
    given("batches", batches);
    given("optimizer", optimizer);
    given("critic", critic);
    if (!(entropyBonus >= 0 && Double.isFinite(entropyBonus))) {
      throw new IllegalArgumentException("entropyBonus must be >= 0, not " + entropyBonus);
    }
    if (!(temperature > 0 && Double.isFinite(temperature))) {
      throw new IllegalArgumentException("temperature must be > 0, not " + temperature);
    }
  }

  private static void given(String name, Object value) {
    if (value == null) {
      throw new IllegalArgumentException(name + " must be an object, not null");
    }
  }

  /**
   * Reads settings from a tree such as {@code {"name": "grpo", "loss": {"clipHigh": 0.28}}}.
   *
   * @param where the path of the tree in its file, for messages; may be empty
   * @throws IllegalArgumentException naming the offending key, and the choices where there are some
   */
  public static AlgorithmSettings parse(JsonNode tree, String where) {
    JsonNode name = tree.path("name");
    if (!name.isMissingNode() && !name.isTextual()) {
      throw new IllegalArgumentException(
          SettingsJson.key(where, "name") + " must be a text, not " + name);
    }
    String preset = name.asText(AlgorithmPresets.DEFAULT);
    if (!AlgorithmPresets.NAMES.contains(preset)) {
      throw new IllegalArgumentException(
          "%s must be one of %s, not '%s'"
              .formatted(
                  SettingsJson.key(where, "name"),
                  String.join(", ", AlgorithmPresets.NAMES),
                  preset));
    }
    return SettingsJson.over(AlgorithmPresets.named(preset), tree, where);
  }

  /** As {@link #parse} reads it back. */
  public ObjectNode json() {
    return SettingsJson.tree(this);
  }

  /**
   * How many informative groups (those that {@link PolicyUpdater#filter} lets pass) a batch wants.
   *
   * @param prompts how many prompts a step has
   * @return 0 if a batch goes on with what is left of its prompts
   */
  public int informativeGroups(int prompts) {
    return dynamicSampling ? prompts : 0;
  }

  /** Whether a critic learns beside the policy. */
  public boolean usesCritic() {
    return advantage.estimator() == AdvantageEstimator.GAE;
  }

  /** Whether that critic is a value head on the states of the policy. */
  public boolean sharesStates() {
    return usesCritic() && critic.shared();
  }

  /** The same with another part: advantages, loss, batches and so on. */
  public AlgorithmSettings with(AlgorithmPart part) {
    return new AlgorithmSettings(
        name,
        part instanceof AdvantageSettings changed ? changed : advantage,
        part instanceof PolicyLossSettings changed ? changed : loss,
        part instanceof OffPolicySettings changed ? changed : offPolicy,
        part instanceof KlSettings changed ? changed : kl,
        entropyBonus,
        part instanceof OverlongSettings changed ? changed : overlong,
        dynamicSampling,
        part instanceof BatchSettings changed ? changed : batches,
        part instanceof OptimizerSettings changed ? changed : optimizer,
        part instanceof CriticSettings changed ? changed : critic,
        temperature);
  }
}
