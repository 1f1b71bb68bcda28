package dev.millrace.preprocess.parse;

import dev.millrace.preprocess.document.Block;
import dev.millrace.preprocess.document.ParsedDocument;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jsoup.parser.Parser;

/** HTML pages and fragments: template scripts opened, navigation dropped, structure kept. */
final class HtmlPage {

  private static final int CHARSET_WITHIN = 4096;

  private HtmlPage() {}

  static ParsedDocument parse(byte[] bytes, Optional<String> declared, ParseLimits limits) {
    String start =
        new String(bytes, 0, Math.min(CHARSET_WITHIN, bytes.length), StandardCharsets.ISO_8859_1);
    var charset = declared.flatMap(TextDecoder::named).or(() -> TextDecoder.named(start));
    return parse(TextDecoder.decode(bytes, charset), limits);
  }

  static ParsedDocument parse(String html, ParseLimits limits) {
    Document page = document(html, limits);
    ScriptTemplates.open(page, limits);
    Optional<String> title = Optional.of(page.title()).filter(text -> !text.isBlank());
    Element body = page.body();
    List<Block> blocks = HtmlBlocks.of(MainContent.of(body), limits);
    if (blocks.isEmpty()) {
      // A page of links only (a site map): its links are what it has to say.
      blocks = HtmlBlocks.of(MainContent.everythingOf(body), limits);
    }
    return new ParsedDocument("text/html", title.or(() -> topHeading(page)), blocks);
  }

  /** The structure of {@code html} that somebody rendered: nothing in it is navigation. */
  static ParsedDocument rendered(String html, String contentType, ParseLimits limits) {
    Document page = document(html, limits);
    List<Block> blocks = HtmlBlocks.of(MainContent.everythingOf(page.body()), limits);
    return new ParsedDocument(contentType, topHeading(page), blocks);
  }

  static Document document(String html, ParseLimits limits) {
    NestingGuard.check(html, limits.maxDepth());
    // One level more than allowed: a page that reaches it is too deep.
    return Parser.htmlParser().setMaxDepth(limits.maxDepth() + 1).parseInput(html, "");
  }

  private static Optional<String> topHeading(Document page) {
    return Optional.ofNullable(page.selectFirst("h1")).map(Element::text);
  }
}
