package dev.millrace.serving.chat;

import java.util.ArrayList;
import java.util.List;

/**
 * Parts what a model thinks aloud, {@code <think>…</think>} at the beginning of its answer, from
 * the answer itself. The tags and the white space around them belong to neither.
 */
public final class ThinkTags {

  public static final String OPEN = "<think>";
  public static final String CLOSE = "</think>";

  private enum State {
    /** Nothing but white space so far. */
    BEFORE,
    THINKING,
    /** Thinking is over, the answer has not begun. */
    BETWEEN,
    ANSWER
  }

  /** A text of one kind. */
  public record Piece(boolean reasoning, String text) {}

  private final StringBuilder held = new StringBuilder();
  private State state;
  private boolean thought;

  /**
   * @param open whether the prompt ended with {@value #OPEN} already
   */
  public ThinkTags(boolean open) {
    this.state = open ? State.THINKING : State.BEFORE;
  }

  /** Takes the next piece; what is held back may be a part of a tag. */
  public List<Piece> add(String text) {
    if (state == State.ANSWER) {
      return text.isEmpty() ? List.of() : List.of(new Piece(false, text));
    }
    held.append(text);
    List<Piece> out = new ArrayList<>();
    boolean moved = true;
    while (moved) {
      moved = step(out);
    }
    return out;
  }

  /** Whether what comes now is, or may turn out to be, the answer itself. */
  public boolean answering() {
    return state == State.ANSWER || state == State.BEFORE;
  }

  /** No more comes. */
  public List<Piece> finish() {
    String rest = held.toString();
    held.setLength(0);
    boolean reasoning = state == State.THINKING;
    boolean nothing = rest.isEmpty() || state == State.BETWEEN;
    return nothing ? List.of() : List.of(new Piece(reasoning, rest));
  }

  private boolean step(List<Piece> out) {
    return switch (state) {
      case BEFORE -> before(out);
      case THINKING -> thinking(out);
      case BETWEEN -> between(out);
      case ANSWER -> false;
    };
  }

  private boolean before(List<Piece> out) {
    int start = firstInk();
    String ink = held.substring(start);
    if (ink.startsWith(OPEN)) {
      held.delete(0, start + OPEN.length());
      state = State.THINKING;
      return true;
    }
    if (OPEN.startsWith(ink)) {
      return false; // white space, or the beginning of the tag
    }
    state = State.ANSWER;
    give(out, false, held.length());
    return false;
  }

  private boolean thinking(List<Piece> out) {
    if (!thought) {
      dropBlanks();
    }
    int close = held.indexOf(CLOSE);
    if (close >= 0) {
      give(out, true, close);
      held.delete(0, CLOSE.length());
      state = State.BETWEEN;
      return true;
    }
    int keep = 0;
    for (int n = Math.min(held.length(), CLOSE.length() - 1); n > 0 && keep == 0; n--) {
      keep = CLOSE.startsWith(held.substring(held.length() - n)) ? n : 0;
    }
    give(out, true, held.length() - keep);
    return false;
  }

  private boolean between(List<Piece> out) {
    dropBlanks();
    if (!held.isEmpty()) {
      state = State.ANSWER;
      give(out, false, held.length());
    }
    return false;
  }

  private void give(List<Piece> out, boolean reasoning, int length) {
    if (length > 0) {
      thought |= reasoning;
      out.add(new Piece(reasoning, held.substring(0, length)));
      held.delete(0, length);
    }
  }

  private void dropBlanks() {
    held.delete(0, firstInk());
  }

  private int firstInk() {
    int at = 0;
    while (at < held.length() && Character.isWhitespace(held.charAt(at))) {
      at++;
    }
    return at;
  }
}
