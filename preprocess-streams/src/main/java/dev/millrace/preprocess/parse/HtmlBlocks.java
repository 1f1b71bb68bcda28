package dev.millrace.preprocess.parse;

import dev.millrace.preprocess.document.Block;
import dev.millrace.preprocess.document.Reason;
import dev.millrace.preprocess.document.RejectedException;
import java.util.List;
import java.util.Set;
import org.jsoup.nodes.Element;
import org.jsoup.nodes.Node;
import org.jsoup.nodes.TextNode;
import org.jsoup.select.NodeVisitor;

/**
 * Walks a tree of HTML elements (without recursion) and emits its text as blocks: a block element
 * ends the block before it, a table row becomes one block, preformatted text keeps its lines.
 */
final class HtmlBlocks implements NodeVisitor {

  private static final Set<String> OWN_LINE =
      Set.of(
          "p",
          "div",
          "section",
          "article",
          "main",
          "blockquote",
          "ul",
          "ol",
          "dl",
          "dt",
          "dd",
          "table",
          "thead",
          "tbody",
          "tfoot",
          "caption",
          "figure",
          "figcaption",
          "details",
          "summary",
          "address",
          "fieldset",
          "hr",
          "body",
          "center",
          "header",
          "hgroup");
  private static final String CELLS_WITH_STRUCTURE = "h1, h2, h3, h4, h5, h6, table, pre";

  private final int maxDepth;
  private final BlockBuilder blocks;
  private final StringBuilder text = new StringBuilder();
  private int listItems;
  private int preformatted;
  private int rows;
  private int heading;
  private boolean firstCell;

  private HtmlBlocks(ParseLimits limits) {
    this.maxDepth = limits.maxDepth();
    this.blocks = new BlockBuilder(limits.maxChars());
  }

  static List<Block> of(Element root, ParseLimits limits) {
    var visitor = new HtmlBlocks(limits);
    root.traverse(visitor);
    visitor.flush();
    return visitor.blocks.build();
  }

  @Override
  public void head(Node node, int depth) {
    if (depth >= maxDepth) {
      throw new RejectedException(
          Reason.PARSE_DEPTH, "its elements are nested more than " + maxDepth + " levels deep");
    }
    if (node instanceof TextNode part) {
      append(part);
    } else if (node instanceof Element element) {
      open(element);
    }
  }

  @Override
  public void tail(Node node, int depth) {
    if (node instanceof Element element) {
      close(element);
    }
  }

  private void append(TextNode part) {
    if (preformatted > 0 && rows == 0) {
      text.append(part.getWholeText());
      return;
    }
    String words = part.getWholeText();
    for (int i = 0; i < words.length(); i++) {
      char c = words.charAt(i);
      if (c > ' ' && c != '\u00A0') {
        text.append(c);
      } else if (!text.isEmpty() && text.charAt(text.length() - 1) > ' ') {
        text.append(' ');
      }
    }
  }

  private void open(Element element) {
    String name = element.normalName();
    if (name.equals("br")) {
      text.append(rows > 0 ? ' ' : '\n');
    } else if (isRow(element)) {
      flush();
      rows++;
      firstCell = true;
    } else if (rows > 0) {
      openInRow(element, name);
    } else if (isHeading(name)) {
      flush();
      heading = name.charAt(1) - '0';
    } else if (name.equals("li")) {
      flush();
      listItems++;
    } else if (name.equals("pre")) {
      flush();
      preformatted++;
    } else if (OWN_LINE.contains(name)) {
      flush();
    }
  }

  private void openInRow(Element element, String name) {
    if (name.equals("td") || name.equals("th")) {
      if (!firstCell) {
        stripBlank();
        text.append(Block.TableRow.CELL_SEPARATOR);
      }
      firstCell = false;
    } else if (isBlock(name)) {
      space();
    }
  }

  private void close(Element element) {
    String name = element.normalName();
    if (isRow(element)) {
      flush();
      rows--;
    } else if (rows > 0) {
      if (isBlock(name)) {
        space();
      }
    } else if (isHeading(name)) {
      flush();
      heading = 0;
    } else if (name.equals("li")) {
      flush();
      listItems--;
    } else if (name.equals("pre")) {
      flush();
      preformatted--;
    } else if (OWN_LINE.contains(name) || name.equals("tr") || name.equals("td")) {
      flush();
    }
  }

  private void stripBlank() {
    while (!text.isEmpty() && text.charAt(text.length() - 1) == ' ') {
      text.setLength(text.length() - 1);
    }
  }

  private void space() {
    if (!text.isEmpty() && text.charAt(text.length() - 1) > ' ') {
      text.append(' ');
    }
  }

  private static boolean isBlock(String name) {
    return OWN_LINE.contains(name) || name.equals("li") || name.equals("pre") || isHeading(name);
  }

  private static boolean isHeading(String name) {
    return name.length() == 2
        && name.charAt(0) == 'h'
        && name.charAt(1) >= '1'
        && name.charAt(1) <= '6';
  }

  /** A row of data, not of a layout: its cells hold text, not sections. */
  private boolean isRow(Element element) {
    return element.normalName().equals("tr")
        && (rows > 0 || element.selectFirst(CELLS_WITH_STRUCTURE) == null);
  }

  private void flush() {
    String found = text.toString();
    text.setLength(0);
    if (found.isBlank()) {
      return;
    }
    if (rows > 0) {
      blocks.add(new Block.TableRow(found.strip()));
    } else if (preformatted > 0) {
      blocks.add(new Block.Code(stripBlankLines(found)));
    } else if (heading > 0) {
      blocks.add(new Block.Heading(heading, found.strip().replace('\n', ' ')));
    } else if (listItems > 0) {
      blocks.add(new Block.ListItem(found.strip()));
    } else {
      blocks.add(new Block.Paragraph(found.strip()));
    }
  }

  static String stripBlankLines(String code) {
    int start = 0;
    for (int i = 0; i < code.length() && Character.isWhitespace(code.charAt(i)); i++) {
      if (code.charAt(i) == '\n') {
        start = i + 1;
      }
    }
    return code.substring(start).stripTrailing();
  }
}
