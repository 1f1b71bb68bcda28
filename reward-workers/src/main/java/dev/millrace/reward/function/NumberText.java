package dev.millrace.reward.function;

import java.math.BigDecimal;
import java.text.Normalizer;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the number that a text states: in its last {@code \boxed{}}, else after its last {@code
 * ####}, else the last one in it.
 *
 * <p>Read as numbers: {@code 42}, {@code -1,234.50}, {@code .5}, {@code 3/4}, {@code \frac{3}{4}},
 * {@code 2 1/2}, {@code 2½}, {@code 1.5e-3}, {@code 1.5 x 10^{-3}}, each with currency or a unit
 * around it, and with a percent sign, which is kept apart. A comma is a thousands separator: where
 * no three digits follow, it ends the number.
 */
final class NumberText {

  /**
   * A number as it was stated.
   *
   * @param value without the percent sign: 50 for {@code 50%}
   */
  record Stated(Rational value, boolean percent) {}

  /** Bounds what a hostile exponent or run of digits can cost. */
  private static final int MOST_DIGITS = 400;

  private static final String DIGITS = "(?:\\d{1,3}(?:,\\d{3})++(?!\\d)|\\d++)";
  private static final String DECIMAL = "(?:" + DIGITS + "(?:\\.\\d++)?+|\\.\\d++)";
  private static final String POWER =
      "(?:[eE](?<e>[-+]?+\\d++)(?![\\w])|\\s?(?:[x*\u00d7\u00b7]|\\\\times|\\\\cdot)\\s?10"
          + "(?:\\^\\{?|\\*\\*)(?<ten>[-+]?+\\d++)\\}?)";
  private static final Pattern NUMBER =
      Pattern.compile(
          "(?<sign>(?<![\\w.)%\\]}])[-+])?(?<![A-Za-z_\\d.])"
              + "(?:10\\^\\{?(?<bare>[-+]?+\\d++)\\}?|(?<whole>\\d++)\\s(?<over>\\d++)\\s?/\\s?(?<under>\\d++)"
              + "|(?<a>"
              + DECIMAL
              + ")(?:"
              + POWER
              + "|\\s?/\\s?(?<b>"
              + DECIMAL
              + ")(?![\\d/]))?+)"
              + "(?<percent>\\s?\\\\?%|\\s?percent\\b)?");

  private static final Pattern CURRENCY =
      Pattern.compile(
          "\\\\?[$\u20ac\u00a3\u00a5\u20b9]|\\b(?:USD|EUR|GBP|JPY|CNY|INR|Rs\\.?)(?=\\s?[-\\d])\\s?");
  private static final Pattern FRACTION =
      Pattern.compile(
          "((?<=\\d))?+\\\\[dt]?frac\\s?(?:\\{\\s?([-\\d.,]{1,400})\\s?\\}\\s?\\{\\s?([-\\d.,]{1,400})\\s?\\}|(\\d)\\s?(\\d))");
  private static final Pattern LATEX_SPACE =
      Pattern.compile("\\\\[,;:! ]|\\\\(?:quad|left|right)\\b|~");
  private static final Pattern GROUP_SPACE =
      Pattern.compile("(?<=\\d)[\u00a0\u2009\u202f](?=\\d{3}(?!\\d))");
  private static final Pattern MINUS = Pattern.compile("[\u2212\u2010\u2011\ufe63\uff0d]");
  private static final Pattern VULGAR = Pattern.compile("[\u00bc-\u00be\u2150-\u215e]");
  private static final Pattern SUPERSCRIPT =
      Pattern.compile("[\u2070\u00b9\u00b2\u00b3\u2074-\u2079\u207b]+");
  private static final Pattern EXPONENT = Pattern.compile("(?<!10)\\^\\{?[-+]?\\d++\\}?");
  private static final String BOXED = "\\boxed{";
  private static final String MARK = "####";

  private NumberText() {}

  /** The number that {@code text} states, if it states one. */
  static Optional<Stated> find(String text) {
    Optional<String> boxed = lastBoxed(text);
    if (boxed.isPresent()) {
      return last(boxed.get().strip().replaceFirst("^([-\u2212])\\s+", "$1"));
    }
    int mark = text.lastIndexOf(MARK);
    return mark < 0 ? last(text) : first(text.substring(mark + MARK.length()));
  }

  private static Optional<String> lastBoxed(String text) {
    int start = text.lastIndexOf(BOXED);
    if (start < 0) {
      return Optional.empty();
    }
    int depth = 1;
    for (int i = start + BOXED.length(); i < text.length(); i++) {
      char c = text.charAt(i);
      depth += c == '{' ? 1 : c == '}' ? -1 : 0;
      if (depth == 0) {
        return Optional.of(text.substring(start + BOXED.length(), i));
      }
    }
    return Optional.of(""); // cut off in the middle: nothing is stated
  }

  private static Optional<Stated> first(String text) {
    Matcher matcher = NUMBER.matcher(plain(text));
    return matcher.find() ? value(matcher) : Optional.empty();
  }

  private static Optional<Stated> last(String text) {
    Matcher matcher = NUMBER.matcher(plain(text));
    Optional<Stated> last = Optional.empty();
    while (matcher.find()) {
      last = value(matcher);
    }
    return last;
  }

  private static String plain(String text) {
    String plain = MINUS.matcher(text).replaceAll("-");
    plain = GROUP_SPACE.matcher(plain).replaceAll("");
    // Before the normal form, which would make 21/2 of 2½ and 105 of 10⁵.
    plain = SUPERSCRIPT.matcher(plain).replaceAll("^$0");
    plain = VULGAR.matcher(plain).replaceAll(" $0");
    plain = Normalizer.normalize(plain, Normalizer.Form.NFKC).replace('\u2044', '/');
    plain = MINUS.matcher(plain).replaceAll("-"); // a raised minus is one now
    plain = EXPONENT.matcher(plain).replaceAll(""); // of a unit or a variable
    plain = plain.replace("{,}", ",").replace("\\!", "");
    plain = LATEX_SPACE.matcher(plain).replaceAll(" ");
    plain = FRACTION.matcher(plain).replaceAll(NumberText::fraction);
    return CURRENCY.matcher(plain).replaceAll("");
  }

  private static String fraction(MatchResult match) {
    String over = match.group(2) == null ? match.group(4) : match.group(2);
    String under = match.group(2) == null ? match.group(5) : match.group(3);
    boolean mixed = match.group(1) != null;
    return (mixed ? " " : "") + over + "/" + under;
  }

  private static Optional<Stated> value(Matcher matcher) {
    try {
      Rational value = matcher.group("whole") == null ? simple(matcher) : mixed(matcher);
      if ("-".equals(matcher.group("sign"))) {
        value = value.negated();
      }
      return Optional.of(new Stated(value, matcher.group("percent") != null));
    } catch (ArithmeticException e) {
      return Optional.empty(); // no number: over zero, or beyond all bounds
    }
  }

  private static Rational mixed(Matcher matcher) {
    Rational fraction = decimal(matcher.group("over")).over(decimal(matcher.group("under")));
    // "2 3/2" is two numbers, not 3.5.
    return fraction.isAtMost(Rational.of(1))
        ? decimal(matcher.group("whole")).plus(fraction)
        : fraction;
  }

  private static Rational simple(Matcher matcher) {
    if (matcher.group("bare") != null) {
      return powerOfTen(matcher.group("bare"));
    }
    Rational a = decimal(matcher.group("a"));
    if (matcher.group("b") != null) {
      return a.over(decimal(matcher.group("b")));
    }
    String exponent = matcher.group("e") == null ? matcher.group("ten") : matcher.group("e");
    return exponent == null ? a : a.times(powerOfTen(exponent));
  }

  private static Rational decimal(String digits) {
    if (digits.length() > MOST_DIGITS) {
      throw new ArithmeticException("a number of " + digits.length() + " digits");
    }
    return Rational.of(new BigDecimal(digits.replace(",", "")));
  }

  private static Rational powerOfTen(String exponent) {
    if (exponent.length() > 5 || Math.abs(Integer.parseInt(exponent)) > MOST_DIGITS) {
      throw new ArithmeticException("an exponent of " + exponent);
    }
    return Rational.of(BigDecimal.ONE.scaleByPowerOfTen(Integer.parseInt(exponent)));
  }
}
