package dev.millrace.preprocess.chunk;

import com.ibm.icu.text.BreakIterator;
import dev.millrace.models.embedding.TokenCounter;
import dev.millrace.preprocess.chunk.Unit.Joint;
import dev.millrace.preprocess.clean.CleanedDocument.Span;
import dev.millrace.preprocess.document.Block;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Takes a section apart into units: sentences, items, rows, lines. For one document, one thread.
 */
final class Units {

  /** Length of the parts of a sentence that is too long for a chunk, about a dozen words. */
  private static final int PIECE = 64;

  private final String text;
  private final TokenCounter tokens;
  private final int maxTokens;
  private final BreakIterator sentences;
  private final BreakIterator lines;
  private List<Unit> units;

  Units(String text, Locale locale, TokenCounter tokens, int maxTokens) {
    this.text = text;
    this.tokens = tokens;
    this.maxTokens = maxTokens;
    this.sentences = BreakIterator.getSentenceInstance(locale);
    this.lines = BreakIterator.getLineInstance(locale);
  }

  List<Unit> of(Section section) {
    units = new ArrayList<>();
    Block previous = null;
    for (Span span : section.spans()) {
      Joint joint = joint(previous, span.block());
      switch (span.block()) {
        case Block.Code code -> code(span, joint);
        case Block.TableRow row -> add(span.start(), span.end(), joint, false);
        case Block.Heading heading -> add(span.start(), span.end(), joint, false);
        case Block.Paragraph paragraph -> prose(span, joint);
        case Block.ListItem item -> prose(span, joint);
      }
      previous = span.block();
    }
    return units;
  }

  /** A heading stays with what it announces, and so does a line that ends with a colon. */
  private static Joint joint(Block before, Block after) {
    if (before instanceof Block.Heading) {
      return Joint.WITHIN;
    }
    if (before != null && (before.text().endsWith(":") || before.text().endsWith("\uFF1A"))) {
      return Joint.SENTENCE;
    }
    boolean item =
        (before instanceof Block.ListItem && after instanceof Block.ListItem)
            || (before instanceof Block.TableRow && after instanceof Block.TableRow);
    return item ? Joint.ITEM : Joint.BLOCK;
  }

  private void prose(Span span, Joint first) {
    sentences.setText(span.block().text());
    Joint joint = first;
    int start = sentences.first();
    for (int end = sentences.next(); end != BreakIterator.DONE; end = sentences.next()) {
      joint = add(span.start() + start, span.start() + end, joint, true) ? Joint.SENTENCE : joint;
      start = end;
    }
  }

  private void code(Span span, Joint first) {
    Joint joint = first;
    int start = span.start();
    while (start < span.end()) {
      int end = text.indexOf('\n', start);
      end = end < 0 || end > span.end() ? span.end() : end;
      boolean added = add(start, end, joint, false);
      joint = added ? Joint.SENTENCE : Joint.ITEM; // after a blank line
      start = end + 1;
    }
  }

  /** Adds the range without the white space around it; false when nothing is left. */
  private boolean add(int from, int to, Joint joint, boolean prose) {
    int start = from;
    int end = to;
    while (start < end && Character.isWhitespace(text.charAt(start)) && isBreak(start, prose)) {
      start++;
    }
    while (end > start && Character.isWhitespace(text.charAt(end - 1))) {
      end--;
    }
    if (text.substring(start, end).isBlank()) {
      return false;
    }
    int count = tokens.count(text.substring(start, end));
    if (count <= maxTokens) {
      units.add(new Unit(start, end, count, joint, prose));
    } else {
      pieces(start, end, joint);
    }
    return true;
  }

  /** The indentation of a line of code belongs to it. */
  private boolean isBreak(int at, boolean prose) {
    return prose || text.charAt(at) == '\n';
  }

  /** Parts of about {@link #PIECE} characters, cut where a line may break, else between letters. */
  private void pieces(int from, int to, Joint first) {
    lines.setText(text.substring(from, to));
    Joint joint = first;
    int start = from;
    while (start < to) {
      int end = to - start <= PIECE ? to : from + lines.following(start + PIECE - 1 - from);
      if (end - start > 2 * PIECE) {
        end = start + PIECE;
        end -= Character.isHighSurrogate(text.charAt(end - 1)) ? 1 : 0;
      }
      piece(start, end, joint);
      joint = Joint.WITHIN;
      start = end;
    }
  }

  private void piece(int from, int to, Joint joint) {
    int start = from;
    int end = to;
    while (start < end && Character.isWhitespace(text.charAt(start))) {
      start++;
    }
    while (end > start && Character.isWhitespace(text.charAt(end - 1))) {
      end--;
    }
    if (start < end) {
      int count = tokens.count(text.substring(start, end));
      if (count > maxTokens && end - start > 2) {
        int middle = start + (end - start) / 2;
        middle += Character.isLowSurrogate(text.charAt(middle)) ? 1 : 0;
        piece(start, middle, joint);
        piece(middle, end, Joint.WITHIN);
      } else {
        units.add(new Unit(start, end, count, joint, false));
      }
    }
  }
}
