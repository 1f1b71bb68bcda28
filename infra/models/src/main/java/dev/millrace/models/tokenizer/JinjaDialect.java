package dev.millrace.models.tokenizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
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

  private static final Pattern FILTER = Pattern.compile("\\|\\s*([A-Za-z_]\\w*)");
  private static final Pattern TEST_NAME = Pattern.compile("\\bis\\s+(?:not\\s+)?([A-Za-z_]\\w*)");

  private record Rule(Pattern form, String replacement) {
    Rule(String form, String replacement) {
      this(Pattern.compile(form), replacement);
    }

    String apply(String code) {
      return form.matcher(code).replaceAll(replacement);
    }
  }

  private static final List<Rule> RULES =
      List.of(
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

  /** Names that a template uses as filters, and as tests after {@code is}. */
  record Names(Set<String> filters, Set<String> tests) {}

  static Names names(String template) {
    Names names = new Names(new TreeSet<>(), new TreeSet<>());
    Matcher matcher = CODE.matcher(template);
    while (matcher.find()) {
      if (matcher.group(1) != null) {
        String masked = LITERAL.matcher(matcher.group(2)).replaceAll("''");
        FILTER.matcher(masked).results().forEach(match -> names.filters.add(match.group(1)));
        TEST_NAME.matcher(masked).results().forEach(match -> names.tests.add(match.group(1)));
      }
    }
    return names;
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
    masked = JinjaPrecedence.makeExplicit(masked);
    return Pattern.compile(MASK + "(\\d+)" + MASK)
        .matcher(masked)
        .replaceAll(
            match -> Matcher.quoteReplacement(literals.get(Integer.parseInt(match.group(1)))));
  }
}
