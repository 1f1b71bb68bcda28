package dev.millrace.models.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts brackets where the library binds otherwise than Jinja2: {@code not} takes a whole
 * comparison, test or membership ({@code not x is defined} means {@code not (x is defined)}), and
 * the value of a named argument is a whole expression ({@code f(a=b - 1)}).
 */
final class JinjaPrecedence {

  private static final Pattern NOT = Pattern.compile("\\bnot\\b(?!\\s+in\\b)");
  private static final Pattern AFTER_IS = Pattern.compile("\\bis\\s+$");
  private static final Pattern NAMED = Pattern.compile("[(,]\\s*[A-Za-z_]\\w*\\s*=(?!=)");
  private static final Pattern MACRO = Pattern.compile("[-+]?\\s*macro\\b");

  /** What ends the operand of a {@code not} that stands outside of brackets. */
  private static final Pattern WEAKER = Pattern.compile("\\b(?:and|or|if|else)\\b");

  private JinjaPrecedence() {}

  /**
   * @param code of one tag, without its braces and without string literals
   */
  static String makeExplicit(String code) {
    String control =
        code.endsWith("-") || code.endsWith("+") ? code.substring(code.length() - 1) : "";
    String body = code.substring(0, code.length() - control.length());
    // From right to left, so that positions on the left stay valid.
    List<Integer> starts = new ArrayList<>();
    Matcher not = NOT.matcher(body);
    while (not.find()) {
      if (!AFTER_IS.matcher(body.substring(0, not.start())).find()) {
        starts.add(not.end());
      }
    }
    for (int start : starts.reversed()) {
      body = bracket(body, start, end(body, start, true));
    }
    if (MACRO.matcher(body).lookingAt()) {
      return body + control;
    }
    starts.clear();
    Matcher named = NAMED.matcher(body);
    for (int from = 0; named.find(from); from = named.start() + 1) {
      starts.add(named.end());
    }
    for (int start : starts.reversed()) {
      body = bracket(body, start, end(body, start, false));
    }
    return body + control;
  }

  private static String bracket(String code, int start, int end) {
    String operand = code.substring(start, end);
    return operand.isBlank()
        ? code
        : code.substring(0, start) + " (" + operand.strip() + ") " + code.substring(end);
  }

  /** Where an operand ends: a comma or closing bracket of its own level, or a weaker operator. */
  private static int end(String code, int start, boolean atWeaker) {
    // Sees what stands before a region, or "vendor" would end in "or".
    Matcher weaker = WEAKER.matcher(code).useTransparentBounds(true);
    int depth = 0;
    for (int i = start; i < code.length(); i++) {
      char c = code.charAt(i);
      if (c == '(' || c == '[' || c == '{') {
        depth++;
      } else if (depth == 0 && (c == ')' || c == ']' || c == '}' || c == ',')) {
        return i;
      } else if (c == ')' || c == ']' || c == '}') {
        depth--;
      } else if (atWeaker && depth == 0 && weaker.region(i, code.length()).lookingAt()) {
        return i;
      }
    }
    return code.length();
  }
}
