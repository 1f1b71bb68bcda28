package dev.millrace.reward.function;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * 1 when the completion matches a regular expression, else 0. Options: {@code pattern} (required;
 * {@code {answer}} in it stands for the prompt's answer, taken literally); {@code full} (false: it
 * may match anywhere); {@code ignore-case} (false); {@code part}; {@code deadline-ms} (100): an
 * expression that backtracks longer than that fails the group.
 */
record RegexReward(String pattern, boolean full, boolean ignoreCase, Part part, int deadlineMs)
    implements RewardFunction {

  private static final String ANSWER = "{answer}";

  static RegexReward from(Options options) {
    String pattern =
        options
            .text("pattern")
            .orElseThrow(() -> new IllegalArgumentException("option 'pattern' is missing"));
    var reward =
        new RegexReward(
            pattern,
            options.flag("full", false),
            options.flag("ignore-case", false),
            options.choice("part", Part.class, Part.ALL),
            options.integer("deadline-ms", 1, 60_000).orElse(100));
    try {
      reward.compiled("x");
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "option 'pattern' is no regular expression: %s near index %d"
              .formatted(e.getDescription(), e.getIndex()));
    }
    return reward;
  }

  private Pattern compiled(String answer) {
    int flags = Pattern.DOTALL | Pattern.MULTILINE;
    flags |= ignoreCase ? Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE : 0;
    return Pattern.compile(pattern.replace(ANSWER, Pattern.quote(answer)), flags);
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
    return pattern.contains(ANSWER);
  }

  @Override
  public double score(RewardInput input) {
    Optional<String> judged = part.of(input.text());
    if (judged.isEmpty()) {
      return 0;
    }
    long end = System.nanoTime() + deadlineMs * 1_000_000L;
    Matcher matcher =
        compiled(needsAnswer() ? input.reference() : "")
            .matcher(new DeadlineText(judged.get(), end));
    try {
      return (full ? matcher.matches() : matcher.find()) ? 1 : 0;
    } catch (DeadlineText.Passed e) {
      throw new RewardException(
          "regex-timeout",
          "'%s' took longer than %d ms: does it nest repetitions?".formatted(pattern, deadlineMs));
    } catch (StackOverflowError e) {
      throw new RewardException(
          "regex-too-deep",
          "'%s' recurses too deeply on %d characters".formatted(pattern, judged.get().length()));
    }
  }
}
