package dev.millrace.models.tokenizer;

import java.util.Arrays;
import java.util.function.Function;

/**
 * For any other decoder: decodes a window that begins before the last text given out and takes what
 * is new at its end. A window moves on with every piece of text, so its length, and the cost of a
 * token, is bounded.
 */
final class WindowDetokenizer implements Detokenizer {

  /** A character has four bytes at most; text that stays incomplete for longer is ill-formed. */
  private static final int MAX_PENDING = 16;

  private final Function<int[], String> decode;
  private int[] window = new int[8];
  private int size;

  /** Tokens of the window whose text is out already; they are its context. */
  private int done;

  private String context = "";

  WindowDetokenizer(Function<int[], String> decode) {
    this.decode = decode;
  }

  @Override
  public String add(int token) {
    if (size == window.length) {
      window = Arrays.copyOf(window, 2 * size);
    }
    window[size++] = token;
    String text = decode.apply(Arrays.copyOf(window, size));
    boolean incomplete = text.length() <= context.length() || text.endsWith("\ufffd");
    if (incomplete && size - done < MAX_PENDING) {
      return "";
    }
    return advance(text);
  }

  private String advance(String text) {
    String fresh = text.substring(Math.min(context.length(), text.length()));
    System.arraycopy(window, done, window, 0, size - done);
    size -= done;
    done = size;
    context = decode.apply(Arrays.copyOf(window, size));
    return fresh;
  }

  @Override
  public String finish() {
    String fresh = size == done ? "" : advance(decode.apply(Arrays.copyOf(window, size)));
    size = 0;
    done = 0;
    context = "";
    return fresh;
  }
}
