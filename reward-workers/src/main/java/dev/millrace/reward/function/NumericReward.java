package dev.millrace.reward.function;

import dev.millrace.reward.function.NumberText.Stated;
import java.math.BigDecimal;
import java.util.Optional;

/**
 * 1 when the completion states the answer's number, by value and exactly, else 0; see {@link
 * NumberText} for what counts as a number and which one counts. Options: {@code part}; {@code
 * absolute} and {@code relative} tolerance (0, added up); {@code percent}: {@code either} (50%
 * equals 50 and 0.5), {@code value} (0.5 only) or {@code ignore} (50 only).
 */
record NumericReward(Part part, Rational absolute, Rational relative, Percent percent)
    implements RewardFunction {

  /** What a percent sign on one side only means. */
  enum Percent {
    EITHER,
    VALUE,
    IGNORE
  }

  private static final Rational HUNDRED = Rational.of(100);

  static NumericReward from(Options options) {
    return new NumericReward(
        options.choice("part", Part.class, Part.ALL),
        Rational.of(options.amount("absolute", BigDecimal.ZERO)),
        Rational.of(options.amount("relative", BigDecimal.ZERO)),
        options.choice("percent", Percent.class, Percent.EITHER));
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
    return true;
  }

  @Override
  public double score(RewardInput input) {
    Stated wanted =
        NumberText.find(input.reference())
            .orElseThrow(
                () ->
                    new RewardException(
                        "answer-not-numeric",
                        "the answer '%s' states no number".formatted(cut(input.reference()))));
    Optional<Stated> said = part.of(input.text()).flatMap(NumberText::find);
    return said.isPresent() && same(said.get(), wanted) ? 1 : 0;
  }

  private boolean same(Stated said, Stated wanted) {
    if (percent == Percent.IGNORE || said.percent() == wanted.percent()) {
      return near(said.value(), wanted.value());
    }
    boolean byValue = near(byValue(said), byValue(wanted));
    return byValue || (percent == Percent.EITHER && near(said.value(), wanted.value()));
  }

  private static Rational byValue(Stated stated) {
    return stated.percent() ? stated.value().over(HUNDRED) : stated.value();
  }

  private boolean near(Rational said, Rational wanted) {
    return said.isNear(wanted, absolute, relative);
  }

  private static String cut(String text) {
    String line = text.strip().lines().findFirst().orElse("");
    return line.length() > 80 ? line.substring(0, 80) + "..." : line;
  }
}
