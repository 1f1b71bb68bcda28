package dev.millrace.models.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Rewrites the few forms of Jinja2 that the library reads differently or not at all into equal ones
 * that it reads right. Only code is touched: not text, not comments, not string literals.
 */
final class JinjaDialect {

  private static final char MASK = '\ufdd1';

  /** A tag or expression, up to its end outside of string literals. */
  private static final Pattern CODE =
      Pattern.compile(
          "\\{#.*?#\\}|(\\{[%{])((?:'(?:[^'\\\\]|\\\\.)*'|\"(?:[^\"\\\\]|\\\\.)*\"|(?![%}]\\}).)*+)([%}]\\})",
          Pattern.DOTALL);

  private static final Pattern LITERAL =
      Pattern.compile("'(?:[^'\\\\]|\\\\.)*+'|\"(?:[^\"\\\\]|\\\\.)*+\"", Pattern.DOTALL);

  /** A name with its properties and indices, or a masked literal. */
  private static final String OPERAND =
      "((?:[A-Za-z_]\\w*|"
          + MASK
          + "\\d+"
          + MASK
          + ")(?:\\.\\w+(?:\\([^()]*\\))?|\\[[^\\[\\]]*\\])*)";

  private static final String TEST =
      "(defined|undefined|none|string|mapping|iterable|sequence|number|boolean|true|false)\\b";

  private record Rule(Pattern form, String replacement) {
    Rule(String form, String replacement) {
      this(Pattern.compile(form), replacement);
    }

    String apply(String code) {
      return form.matcher(code).replaceAll(replacement);
    }
  }

  // "not" binds weaker than tests and comparisons in Jinja2, and stronger in the library.
  private static final List<Rule> RULES =
      List.of(
          new Rule("\\bnot\\s+" + OPERAND + "\\s+is\\s+not\\s+" + TEST, "($1 is $2)"),
          new Rule("\\bnot\\s+" + OPERAND + "\\s+is\\s+" + TEST, "($1 is not $2)"),
          new Rule("\\bnot\\s+" + OPERAND + "\\s+in\\b", "$1 not in"),
          new Rule("\\bnot\\s+" + OPERAND + "\\s*==", "$1 !="),
          new Rule("\\bnot\\s+" + OPERAND + "\\s*!=", "$1 =="),
          new Rule("\\[\\s*:\\s*:\\s*-\\s*1\\s*\\]", "|reverse"),
          new Rule("\\bloop\\.previtem\\b", "loop_item(loop_items, loop.index0 - 1)"),
          new Rule("\\bloop\\.nextitem\\b", "loop_item(loop_items, loop.index0 + 1)"),
          // Marks what the assistant wrote, for training masks; it prints what is in it.
          new Rule("^([-+]?\\s*)generation(\\s*[-+]?)$", "$1if true$2"),
          new Rule("^([-+]?\\s*)endgeneration(\\s*[-+]?)$", "$1endif$2"));

  private JinjaDialect() {}

  static String translate(String template) {
    Matcher matcher = CODE.matcher(template);
    StringBuilder out = new StringBuilder();
    while (matcher.find()) {
      String code =
          matcher.group(1) == null
              ? matcher.group()
              : matcher.group(1) + translateCode(matcher.group(2)) + matcher.group(3);
      matcher.appendReplacement(out, Matcher.quoteReplacement(code));
    }
    return matcher.appendTail(out).toString();
  }

  private static String translateCode(String code) {
    List<String> literals = new ArrayList<>();
    String masked =
        LITERAL
            .matcher(code)
            .replaceAll(
                match -> {
                  literals.add(match.group());
                  return "" + MASK + (literals.size() - 1) + MASK;
                });
    for (Rule rule : RULES) {
      masked = rule.apply(masked);
    }
    return Pattern.compile(MASK + "(\\d+)" + MASK)
        .matcher(masked)
        .replaceAll(
            match -> Matcher.quoteReplacement(literals.get(Integer.parseInt(match.group(1)))));
  }
}
