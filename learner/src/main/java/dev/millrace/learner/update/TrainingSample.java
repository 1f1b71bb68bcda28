package dev.millrace.learner.update;

import java.util.Map;

/**
 * One scored answer.
 *
 * @param tokens the answer, its end token included; no token of the prompt
 * @param behaviour log-probability of each token when it was sampled
 * @param versions which version of the policy wrote each token
 * @param reward the total that is learned from
 * @param components of the reward by name, for reports
 * @param truncated whether the answer was cut off
 */
public record TrainingSample(
    int[] tokens,
    float[] behaviour,
    long[] versions,
    double reward,
    Map<String, Double> components,
    boolean truncated) {

  public TrainingSample {
    if (behaviour.length != tokens.length || versions.length != tokens.length) {
      throw new IllegalArgumentException(
          "a sample of %d tokens has %d log-probabilities and %d versions"
              .formatted(tokens.length, behaviour.length, versions.length));
    }
    tokens = tokens.clone();
    behaviour = behaviour.clone();
    versions = versions.clone();
    components = Map.copyOf(components);
  }
}
