package dev.millrace.reward.function;

/**
 * A kind of reward function, by name. Those of others are found through {@link
 * java.util.ServiceLoader} on the class path.
 */
public interface RewardFactory {

  /** The name by which profiles choose it: small letters, digits, hyphens. */
  String name();

  /**
   * Makes a function.
   *
   * @throws IllegalArgumentException naming the option that is wrong and what it must be
   */
  RewardFunction create(Options options);
}
