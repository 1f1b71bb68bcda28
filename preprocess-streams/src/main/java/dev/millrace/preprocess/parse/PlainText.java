package dev.millrace.preprocess.parse;

import dev.millrace.preprocess.document.Block;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Plain text: blank lines part paragraphs, marked lines are list items. Lines that an editor
 * wrapped are joined again; short lines (verses, addresses) stay apart.
 */
final class PlainText {

  private static final Pattern ITEM =
      Pattern.compile("^\\s{0,8}(?:[-*+\\u2022\\u2023\\u25E6]|\\d{1,3}[.)])\\s+(?=\\S)");
  private static final int WRAPPED_FROM = 50;

  private PlainText() {}

  static List<Block> parse(String text, int maxChars) {
    var blocks = new BlockBuilder(maxChars);
    var paragraph = new StringBuilder();
    boolean inItem = false;
    for (String line : (Iterable<String>) text.lines()::iterator) {
      if (line.isBlank()) {
        flush(paragraph, inItem, blocks);
        inItem = false;
        continue;
      }
      var item = ITEM.matcher(line);
      if (item.find()) {
        flush(paragraph, inItem, blocks);
        inItem = true;
        line = line.substring(item.end());
      }
      if (!paragraph.isEmpty()) {
        paragraph.append('\n');
      }
      paragraph.append(line.strip());
      if (paragraph.length() > maxChars) {
        throw BlockBuilder.swell(maxChars);
      }
    }
    flush(paragraph, inItem, blocks);
    return blocks.build();
  }

  private static void flush(StringBuilder paragraph, boolean inItem, BlockBuilder blocks) {
    if (paragraph.isEmpty()) {
      return;
    }
    String text = paragraph.toString();
    text = inItem || isWrapped(text) ? joinLines(text) : text;
    blocks.add(inItem ? new Block.ListItem(text) : new Block.Paragraph(text));
    paragraph.setLength(0);
  }

  /** Whether the lines but the last are as long as an editor makes them. */
  private static boolean isWrapped(String text) {
    int last = text.lastIndexOf('\n');
    if (last < 0) {
      return false;
    }
    long lines = text.chars().limit(last + 1).filter(c -> c == '\n').count();
    return last / lines >= WRAPPED_FROM;
  }

  /** Replaces line breaks by blanks; between ideographs by nothing. */
  static String joinLines(String text) {
    var joined = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\n') {
        joined.append(c);
      } else if (i == 0
          || i + 1 == text.length()
          || !isUnspaced(text.charAt(i - 1))
          || !isUnspaced(text.charAt(i + 1))) {
        joined.append(' ');
      }
    }
    return joined.toString();
  }

  private static boolean isUnspaced(char c) {
    return (c >= 0x2E80 && c <= 0x9FFF)
        || (c >= 0xF900 && c <= 0xFAFF)
        || (c >= 0xFF00 && c <= 0xFFEF);
  }
}
