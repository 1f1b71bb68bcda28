package dev.millrace.serving.chat;

import dev.millrace.models.embedding.TokenCounter;
import java.util.Optional;

/**
 * Cuts a text that comes in pieces: before the first stop text, or after a number of tokens,
 * whichever comes first. Holds back as many characters as may be the beginning of a stop text.
 *
 * <p>Tokens are counted piece by piece; a piece that does not fit is cut between words.
 */
final class TextLimit {

  private final ChatTurn.Limits limits;
  private final TokenCounter counter;
  private final int longestStop;
  private final StringBuilder held = new StringBuilder();
  private int tokens;
  private Finish.Reason reached;

  TextLimit(ChatTurn.Limits limits, TokenCounter counter) {
    this.limits = limits;
    this.counter = counter;
    this.longestStop = limits.stop().stream().mapToInt(String::length).max().orElse(0);
  }

  /** Takes the next piece and returns what may be passed on, perhaps nothing. */
  String add(String piece) {
    if (reached != null) {
      return "";
    }
    held.append(withinTokens(piece));
    int stop = firstStop();
    if (stop >= 0) {
      reached = Finish.Reason.STOP;
      held.setLength(stop);
    }
    int keep = reached == null ? possibleStop() : 0;
    String out = held.substring(0, held.length() - keep);
    held.delete(0, out.length());
    return out;
  }

  /** What was held back, once no more pieces come. */
  String rest() {
    String out = held.toString();
    held.setLength(0);
    return out;
  }

  /** Why the text was cut; empty if it was not. */
  Optional<Finish.Reason> reached() {
    return Optional.ofNullable(reached);
  }

  int tokens() {
    return tokens;
  }

  private String withinTokens(String piece) {
    int count = counter.count(piece);
    if (tokens + (long) count <= limits.maxTokens()) {
      tokens += count;
      return piece;
    }
    reached = Finish.Reason.LENGTH;
    int room = limits.maxTokens() - tokens;
    int low = 0; // the longest prefix that fits, by bisection: more text never has fewer tokens
    int high = piece.length();
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (counter.count(piece.substring(0, middle)) <= room) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    int end = low;
    while (end > 0 && end < piece.length() && insideWord(piece, end)) {
      end--;
    }
    end = end == 0 ? low : end; // one endless word: better a part of it than nothing
    if (end > 0 && end < piece.length() && Character.isHighSurrogate(piece.charAt(end - 1))) {
      end--;
    }
    String fits = piece.substring(0, end);
    tokens += counter.count(fits);
    return fits;
  }

  private static boolean insideWord(String text, int at) {
    return Character.isLetterOrDigit(text.charAt(at - 1))
        && Character.isLetterOrDigit(text.charAt(at));
  }

  private int firstStop() {
    int first = -1;
    for (String stop : limits.stop()) {
      int at = held.indexOf(stop);
      if (at >= 0 && (first < 0 || at < first)) {
        first = at;
      }
    }
    return first;
  }

  /** Length of the longest end of the held text that begins a stop text. */
  private int possibleStop() {
    for (int n = Math.min(held.length(), longestStop - 1); n > 0; n--) {
      String tail = held.substring(held.length() - n);
      if (limits.stop().stream().anyMatch(s -> s.startsWith(tail))) {
        return n;
      }
    }
    return 0;
  }
}
