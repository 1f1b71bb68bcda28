package dev.millrace.preprocess.parse;

import dev.millrace.preprocess.document.Reason;
import dev.millrace.preprocess.document.RejectedException;
import java.util.Locale;
import java.util.Set;

/**
 * Refuses pages of absurd nesting before a parser sees them: parsers spend time that grows with
 * length times depth on those. Counts tags in one pass, roughly, so it refuses only what is far
 * beyond the limit; the exact limit is held by the walk over the tree.
 */
final class NestingGuard {

  private static final int FAR_BEYOND = 4;

  /** Elements without an end tag, or whose end tag is often left out. */
  private static final Set<String> UNCOUNTED =
      Set.of(
          "area",
          "base",
          "br",
          "col",
          "embed",
          "hr",
          "img",
          "input",
          "link",
          "meta",
          "param",
          "source",
          "track",
          "wbr",
          "p",
          "li",
          "dt",
          "dd",
          "tr",
          "td",
          "th",
          "thead",
          "tbody",
          "tfoot",
          "option",
          "optgroup",
          "colgroup",
          "a",
          "font",
          "b",
          "i",
          "html",
          "body");

  private NestingGuard() {}

  /**
   * @throws RejectedException when {@code html} nests far deeper than {@code maxDepth}
   */
  static void check(String html, int maxDepth) {
    long depth = 0;
    int end = html.length();
    for (int at = html.indexOf('<'); at >= 0 && at + 1 < end; at = html.indexOf('<', at + 1)) {
      boolean closing = html.charAt(at + 1) == '/';
      int start = closing ? at + 2 : at + 1;
      int stop = start;
      while (stop < end && isLetter(html.charAt(stop))) {
        stop++;
      }
      if (stop == start
          || UNCOUNTED.contains(html.substring(start, stop).toLowerCase(Locale.ROOT))) {
        continue;
      }
      depth = Math.max(0, depth + (closing ? -1 : 1));
      if (depth > (long) FAR_BEYOND * maxDepth) {
        throw new RejectedException(
            Reason.PARSE_DEPTH, "its elements are nested more than " + maxDepth + " levels deep");
      }
    }
  }

  private static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }
}
