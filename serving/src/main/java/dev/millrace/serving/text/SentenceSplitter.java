package dev.millrace.serving.text;

import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the sentences of cleaned text. A blank line always ends one; a single line break does where
 * the line does not look wrapped by an editor or the next does not go on in small letters. Inside a
 * block the rules of Unicode (UAX #29) hold, but for common abbreviations.
 */
public final class SentenceSplitter {

  /** Half-open range of one sentence, without white space around it. */
  public record Range(int start, int end) {}

  private static final Pattern BREAK = Pattern.compile("\\n");
  private static final Pattern COMPLETE = Pattern.compile("[.!?:;。！？：；]['\")\\]]*\\s*$");
  private static final Pattern BEGINS_ITEM =
      Pattern.compile("^\\s*(?:[-*+•·‣>|#$]\\s?|\\d{1,3}[.)]\\s|[A-Za-z][.)]\\s|bin/)");
  private static final Pattern GOES_ON = Pattern.compile("^\\s*\\p{Ll}");

  // An editor wraps lines at about this length; shorter and longer ones end where they end.
  private static final int SHORTEST_WRAPPED = 50;
  private static final int LONGEST_WRAPPED = 120;
  private static final Set<String> ABBREVIATIONS =
      Set.of(
          "e.g.", "i.e.", "etc.", "vs.", "cf.", "fig.", "eq.", "no.", "dr.", "mr.", "mrs.", "ms.",
          "prof.", "st.", "approx.", "incl.", "resp.", "z.b.", "d.h.", "bzw.", "usw.");

  private SentenceSplitter() {}

  public static List<Range> split(String text) {
    List<Range> sentences = new ArrayList<>();
    int blockStart = 0;
    Matcher breaks = BREAK.matcher(text);
    while (breaks.find()) {
      if (endsBlock(text, blockStart, breaks.start(), breaks.end())) {
        block(text, blockStart, breaks.start(), sentences);
        blockStart = breaks.end();
      }
    }
    block(text, blockStart, text.length(), sentences);
    return sentences;
  }

  private static boolean endsBlock(String text, int from, int lineEnd, int next) {
    int lineStart = Math.max(from, text.lastIndexOf('\n', lineEnd - 1) + 1);
    String line = text.substring(lineStart, lineEnd);
    int nextEnd = text.indexOf('\n', next);
    String following = text.substring(next, nextEnd < 0 ? text.length() : nextEnd);
    return line.isBlank()
        || following.isBlank()
        || line.length() < SHORTEST_WRAPPED
        || line.length() > LONGEST_WRAPPED
        || line.contains(" | ")
        || !GOES_ON.matcher(following).find()
        || COMPLETE.matcher(line).find()
        || BEGINS_ITEM.matcher(following).find();
  }

  private static void block(String text, int from, int to, List<Range> out) {
    BreakIterator rules = BreakIterator.getSentenceInstance(Locale.ROOT);
    String block = text.substring(from, to);
    rules.setText(block);
    int start = 0;
    for (int end = rules.next(); end != BreakIterator.DONE; end = rules.next()) {
      if (end < block.length() && abbreviated(block, start, end)) {
        continue;
      }
      add(text, from + start, from + end, out);
      start = end;
    }
  }

  private static boolean abbreviated(String block, int start, int end) {
    String sentence = block.substring(start, end).stripTrailing();
    int word = sentence.lastIndexOf(' ') + 1;
    String last = sentence.substring(word).toLowerCase(Locale.ROOT);
    return ABBREVIATIONS.contains(last.startsWith("(") ? last.substring(1) : last);
  }

  private static void add(String text, int from, int to, List<Range> out) {
    int start = from;
    int end = to;
    while (start < end && Character.isWhitespace(text.charAt(start))) {
      start++;
    }
    while (end > start && Character.isWhitespace(text.charAt(end - 1))) {
      end--;
    }
    if (start < end) {
      out.add(new Range(start, end));
    }
  }
}
