package dev.millrace.serving.retrieval.question;

import java.util.List;
import java.util.regex.Pattern;

/** Reads the lines of a model's answer, without the bullets, numbers and quotes around them. */
final class Lines {

  private static final Pattern LEAD =
      Pattern.compile(
          "^\\s*(?:[-*•]\\s+|\\(?\\d{1,2}[.):]\\s*|question:\\s*)", Pattern.CASE_INSENSITIVE);
  private static final Pattern THOUGHT = Pattern.compile("(?s)<think>.*?(?:</think>|$)");
  private static final Pattern QUOTED = Pattern.compile("^[\"“”'`](.*)[\"“”'`]$");

  private Lines() {}

  static List<String> of(String answer) {
    return THOUGHT
        .matcher(answer)
        .replaceAll("")
        .lines()
        .map(line -> LEAD.matcher(line).replaceFirst("").strip())
        .map(line -> QUOTED.matcher(line).replaceFirst("$1"))
        .filter(line -> !line.isBlank())
        .toList();
  }

  /** The first line with text; empty if there is none. */
  static String first(String answer) {
    List<String> lines = of(answer);
    return lines.isEmpty() ? "" : lines.getFirst();
  }
}
