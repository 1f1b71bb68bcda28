package dev.millrace.reward.function;

import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * 1 when the completion says what the answer says, else 0. Options: {@code part}; {@code
 * case-sensitive} (false); {@code punctuation} (false: it does not count); {@code articles} (true:
 * they count); {@code separator}: splits the answer into alternatives, any of which will do.
 *
 * <p>Compatible characters (NFKC) are one, and white space between words counts as one space.
 */
record ExactReward(
    Part part,
    boolean caseSensitive,
    boolean punctuation,
    boolean articles,
    Optional<String> separator)
    implements RewardFunction {

  private static final Pattern PUNCTUATION = Pattern.compile("[\\p{P}&&[^-']]");
  private static final Pattern ARTICLES =
      Pattern.compile("\\b(?:a|an|the)\\b", Pattern.CASE_INSENSITIVE);
  private static final Pattern SPACE = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);

  static ExactReward from(Options options) {
    return new ExactReward(
        options.choice("part", Part.class, Part.ALL),
        options.flag("case-sensitive", false),
        options.flag("punctuation", false),
        options.flag("articles", true),
        options.text("separator"));
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
    Optional<String> said = part.of(input.text()).map(this::normal);
    List<String> accepted =
        separator
            .map(s -> List.of(input.reference().split(Pattern.quote(s))))
            .orElseGet(() -> List.of(input.reference()));
    return said.isPresent() && accepted.stream().map(this::normal).anyMatch(said.get()::equals)
        ? 1
        : 0;
  }

  String normal(String text) {
    String normal = Normalizer.normalize(text, Normalizer.Form.NFKC);
    if (!caseSensitive) {
      normal = normal.toLowerCase(Locale.ROOT);
    }
    if (!punctuation) {
      // An answer that is nothing but punctuation keeps it: "?" is not "!".
      String without = PUNCTUATION.matcher(normal).replaceAll(" ");
      normal = without.isBlank() ? normal : without;
    }
    if (!articles) {
      String without = ARTICLES.matcher(normal).replaceAll(" ");
      normal = without.isBlank() ? normal : without;
    }
    return SPACE.matcher(normal).replaceAll(" ").strip();
  }
}
