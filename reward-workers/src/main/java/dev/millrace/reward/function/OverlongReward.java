package dev.millrace.reward.function;

/**
 * Soft punishment of overlong completions (DAPO, arXiv 2503.14476, equation 13), from -1 to 0: none
 * up to {@code max - cache} tokens, then in a straight line to -1 at {@code max}, and -1 beyond.
 * Options: {@code max} and {@code cache}, both required, in tokens.
 */
record OverlongReward(int longest, int cache) implements RewardFunction {

  private static final int MOST = 10_000_000;

  static OverlongReward from(Options options) {
    int max = required(options, "max");
    int cache = required(options, "cache");
    if (cache > max) {
      throw new IllegalArgumentException(
          "option 'cache' is %d, more than 'max', %d".formatted(cache, max));
    }
    return new OverlongReward(max, cache);
  }

  private static int required(Options options, String name) {
    return options
        .integer(name, 1, MOST)
        .orElseThrow(() -> new IllegalArgumentException("option '" + name + "' is missing"));
  }

  @Override
  public double min() {
    return -1;
  }

  @Override
  public double max() {
    return 0;
  }

  @Override
  public boolean needsAnswer() {
    return false;
  }

  @Override
  public double score(RewardInput input) {
    int free = longest - cache;
    if (input.tokens() <= free) {
      return 0;
    }
    return input.tokens() > longest ? -1 : (free - input.tokens()) / (double) cache;
  }
}
