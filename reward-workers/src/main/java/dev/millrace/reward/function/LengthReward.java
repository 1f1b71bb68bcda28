package dev.millrace.reward.function;

/**
 * 1 when the completion's length lies between two bounds, falling in a straight line to 0 over a
 * slack beyond them. Options: {@code min} (0) and {@code max} (required); {@code slack} (0); {@code
 * unit}: {@code tokens} or {@code characters}.
 */
record LengthReward(int shortest, int longest, int slack, Unit unit) implements RewardFunction {

  enum Unit {
    TOKENS,
    CHARACTERS
  }

  private static final int MOST = 10_000_000;

  static LengthReward from(Options options) {
    var reward =
        new LengthReward(
            options.integer("min", 0, MOST).orElse(0),
            options
                .integer("max", 0, MOST)
                .orElseThrow(() -> new IllegalArgumentException("option 'max' is missing")),
            options.integer("slack", 0, MOST).orElse(0),
            options.choice("unit", Unit.class, Unit.TOKENS));
    if (reward.shortest > reward.longest) {
      throw new IllegalArgumentException(
          "option 'min' is %d, more than 'max', %d".formatted(reward.shortest, reward.longest));
    }
    return reward;
  }

  @Override
  public double min() {
    return 0;
  }

  @Override
  public double max() {
    return 1;
  }

  @Override
  public boolean needsAnswer() {
    return false;
  }

  @Override
  public double score(RewardInput input) {
    int length =
        unit == Unit.TOKENS
            ? input.tokens()
            : input.text().codePointCount(0, input.text().length());
    int beyond = Math.max(0, Math.max(shortest - length, length - longest));
    return beyond == 0 ? 1 : Math.max(0, 1 - beyond / (double) (slack + 1));
  }
}
