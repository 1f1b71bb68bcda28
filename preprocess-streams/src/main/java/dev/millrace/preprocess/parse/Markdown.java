package dev.millrace.preprocess.parse;

import dev.millrace.preprocess.document.ParsedDocument;
import java.util.List;
import java.util.regex.Pattern;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;

/** Markdown, rendered to HTML and read from there: both have the same structure. */
final class Markdown {

  private static final Pattern FRONT_MATTER =
      Pattern.compile("\\A---\\s*\\n(?:[^\\n]*+\\n){0,100}?---\\s*(?:\\n|\\z)");
  private static final int MAX_OPEN_BLOCKS = 100;
  private static final List<TablesExtension> EXTENSIONS =
      List.of((TablesExtension) TablesExtension.create());
  private static final Parser PARSER =
      Parser.builder()
          .extensions(EXTENSIONS)
          .maxOpenBlockParsers(MAX_OPEN_BLOCKS)
          .maxInlineNesting(MAX_OPEN_BLOCKS)
          .build();
  private static final HtmlRenderer RENDERER =
      HtmlRenderer.builder().extensions(EXTENSIONS).build();

  private Markdown() {}

  static ParsedDocument parse(String text, ParseLimits limits) {
    String body = FRONT_MATTER.matcher(text).replaceFirst("");
    return HtmlPage.rendered(RENDERER.render(PARSER.parse(body)), "text/markdown", limits);
  }
}
