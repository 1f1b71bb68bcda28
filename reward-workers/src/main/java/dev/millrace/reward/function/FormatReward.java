package dev.millrace.reward.function;

import java.util.List;

/**
 * 1 when the completion is a sequence of tagged parts and nothing else: {@code
 * <think>...</think><answer>...</answer>}; each part once, none empty, white space around them
 * free. Options: {@code tags} (["think", "answer"]); {@code partial} (false; true: the share of the
 * opening and closing tags that stand exactly once, where the whole is not right).
 */
record FormatReward(List<String> tags, boolean partial) implements RewardFunction {

  static FormatReward from(Options options) {
    var reward =
        new FormatReward(
            options.texts("tags", List.of("think", "answer")), options.flag("partial", false));
    for (String tag : reward.tags()) {
      if (!tag.matches("[A-Za-z][A-Za-z0-9_-]*")) {
        throw new IllegalArgumentException(
            "option 'tags': '%s' is no tag; write it without <>".formatted(tag));
      }
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
    String text = input.text();
    int once = 0;
    for (String tag : tags) {
      once += occursOnce(text, "<" + tag + ">") + occursOnce(text, "</" + tag + ">");
    }
    if (once == 2 * tags.size() && inOrder(text)) {
      return 1;
    }
    // Never the full score: with every tag there once, the order or the rest is wrong.
    return partial ? Math.min(once, 2 * tags.size() - 1) / (2.0 * tags.size()) : 0;
  }

  private static int occursOnce(String text, String tag) {
    int first = text.indexOf(tag);
    return first >= 0 && text.indexOf(tag, first + tag.length()) < 0 ? 1 : 0;
  }

  private boolean inOrder(String text) {
    int at = 0;
    for (String tag : tags) {
      String open = "<" + tag + ">";
      int start = text.indexOf(open, at);
      int end = start < 0 ? -1 : text.indexOf("</" + tag + ">", start);
      if (end < 0
          || !text.substring(at, start).isBlank()
          || text.substring(start + open.length(), end).isBlank()) {
        return false;
      }
      at = end + tag.length() + 3;
    }
    return text.substring(at).isBlank();
  }
}
