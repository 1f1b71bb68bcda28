package dev.millrace.reward.function;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.function.Function;

/** The kinds of reward functions that profiles may name. */
public final class RewardRegistry {

  private record Named(String name, Function<Options, RewardFunction> make)
      implements RewardFactory {
    @Override
    public RewardFunction create(Options options) {
      return make.apply(options);
    }
  }

  private final Map<String, RewardFactory> factories = new TreeMap<>();

  /**
   * @throws IllegalArgumentException when two have one name
   */
  public RewardRegistry(Collection<? extends RewardFactory> factories) {
    for (RewardFactory factory : factories) {
      if (!factory.name().matches("[a-z0-9-]{1,64}")) {
        throw new IllegalArgumentException(
            "reward name '" + factory.name() + "' may hold small letters, digits and hyphens only");
      }
      if (this.factories.put(factory.name(), factory) != null) {
        throw new IllegalArgumentException("two reward functions are named " + factory.name());
      }
    }
  }

  /** Ours. */
  public static List<RewardFactory> builtIn() {
    return List.of(
        new Named("exact", ExactReward::from),
        new Named("numeric", NumericReward::from),
        new Named("regex", RegexReward::from),
        new Named("format", FormatReward::from),
        new Named("length", LengthReward::from),
        new Named("overlong", OverlongReward::from),
        new Named("stopped", StoppedReward::from),
        new Named("token-f1", TokenF1Reward::from),
        new Named("rouge-l", RougeLReward::from),
        new Named("repetition", RepetitionReward::from),
        new Named("language", LanguageReward::from),
        new Named("citation", CitationReward::from),
        new Named("json-schema", JsonSchemaReward::from),
        new Named("learned", LearnedReward::from),
        new Named("http", HttpReward::from),
        new Named("judge", JudgeReward::from));
  }

  /** Ours, and those on the class path. */
  public static RewardRegistry load() {
    List<RewardFactory> all = new java.util.ArrayList<>(builtIn());
    ServiceLoader.load(RewardFactory.class).forEach(all::add);
    return new RewardRegistry(all);
  }

  /**
   * Makes the function {@code name}.
   *
   * @throws IllegalArgumentException when there is none, or an option is wrong
   */
  public RewardFunction create(String name, Options options) {
    RewardFactory factory = factories.get(name);
    if (factory == null) {
      throw new IllegalArgumentException(
          "reward '%s' is not known; there are %s"
              .formatted(name, String.join(", ", factories.keySet())));
    }
    RewardFunction function = factory.create(options);
    options.refuseUnread();
    return function;
  }
}
