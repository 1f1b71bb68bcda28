package dev.millrace.preprocess.parse;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;

/**
 * Pages that keep their text inside {@code <script type="text/x-handlebars-template">} and render
 * it in the browser. Each such script is replaced by the HTML it holds; placeholders are filled
 * from the constants of the page's own scripts, or removed.
 */
final class ScriptTemplates {

  private static final Set<String> TYPES =
      Set.of(
          "text/x-handlebars-template",
          "text/x-handlebars",
          "text/x-template",
          "text/template",
          "text/html",
          "text/ng-template",
          "text/x-mustache",
          "text/x-jquery-tmpl",
          "x-template",
          "x-tmpl-mustache");
  private static final int MAX_NESTING = 3;
  private static final Pattern PLACEHOLDER =
      Pattern.compile("\\{\\{\\{?+\\s*+([^{}]{0,200}+)\\}\\}\\}?+");
  private static final Pattern NAME = Pattern.compile("[A-Za-z]\\w{0,40}");
  private static final Pattern CONSTANT =
      Pattern.compile(
          "[\"']?\\b([A-Za-z_]\\w{0,40})[\"']?\\s{0,4}[:=]\\s{0,4}\"([^\"\\n]{0,80})\"");

  private ScriptTemplates() {}

  static void open(Document page, ParseLimits limits) {
    Map<String, String> constants = null;
    for (int round = 0; round < MAX_NESTING; round++) {
      List<Element> templates =
          page.select("script[type]").stream().filter(ScriptTemplates::isTemplate).toList();
      if (templates.isEmpty()) {
        return;
      }
      constants = constants == null ? constants(page) : constants;
      for (Element script : templates) {
        replace(script, fill(script.data(), constants), limits);
      }
    }
  }

  private static boolean isTemplate(Element script) {
    return TYPES.contains(script.attr("type").strip().toLowerCase(Locale.ROOT));
  }

  private static void replace(Element script, String html, ParseLimits limits) {
    Document inner = HtmlPage.document(html, limits);
    var holder = new Element("div");
    for (Node child : List.copyOf(inner.body().childNodes())) {
      holder.appendChild(child);
    }
    script.replaceWith(holder);
    if (script.parents().stream().anyMatch(parent -> parent.normalName().equals("head"))
        || holder.closest("head") != null) {
      page(holder).body().appendChild(holder);
    }
  }

  private static Document page(Element element) {
    return element.ownerDocument();
  }

  private static Map<String, String> constants(Document page) {
    var found = new HashMap<String, String>();
    for (Element script : page.select("script:not([type]), script[type=text/javascript]")) {
      Matcher matcher = CONSTANT.matcher(script.data());
      while (matcher.find()) {
        found.putIfAbsent(matcher.group(1), matcher.group(2));
      }
    }
    return found;
  }

  static String fill(String template, Map<String, String> constants) {
    return PLACEHOLDER
        .matcher(template)
        .replaceAll(
            match -> {
              String name = match.group(1).strip();
              String value = constants.get(name);
              if (value == null) {
                value = isInsideWord(template, match) ? "&lt;" + name + "&gt;" : "";
              }
              return Matcher.quoteReplacement(value);
            });
  }

  /**
   * A placeholder that is a part of a name, as in {@code kafka_{{version}}.tgz}, is missed there.
   */
  private static boolean isInsideWord(String template, MatchResult match) {
    return NAME.matcher(match.group(1).strip()).matches()
        && match.start() > 0
        && "-_./".indexOf(template.charAt(match.start() - 1)) >= 0;
  }
}
