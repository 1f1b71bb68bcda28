package dev.millrace.models.encoder;

import dev.millrace.models.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts the tokens of a text into windows that an encoder can take, each between the special tokens
 * that the tokenizer wants around a text.
 */
final class TokenWindows {

  private final Tokenizer tokenizer;
  private final int[] before;
  private final int[] after;
  private final int room;
  private final int overlap;

  TokenWindows(Tokenizer tokenizer, int maxTokens, int overlap) {
    this.tokenizer = tokenizer;
    this.overlap = overlap;
    // What stands around nothing stands around everything: [CLS] and [SEP], or their like.
    int[] around = tokenizer.encode("", true);
    int half = (around.length + 1) / 2;
    this.before = Arrays.copyOf(around, half);
    this.after = Arrays.copyOfRange(around, half, around.length);
    this.room = maxTokens - around.length;
  }

  /** At least one window, the special tokens alone for an empty text. */
  List<int[]> of(String text) {
    int[] tokens = tokenizer.encode(text);
    List<int[]> out = new ArrayList<>();
    int from = 0;
    do {
      int to = Math.min(tokens.length, from + room);
      out.add(wrapped(tokens, from, to));
      if (to == tokens.length) {
        return out;
      }
      from = to - overlap;
    } while (true);
  }

  private int[] wrapped(int[] tokens, int from, int to) {
    int[] out = Arrays.copyOf(before, before.length + to - from + after.length);
    System.arraycopy(tokens, from, out, before.length, to - from);
    System.arraycopy(after, 0, out, before.length + to - from, after.length);
    if (out.length == 0) {
      throw new IllegalArgumentException(
          "an empty text has no tokens, and the tokenizer puts none around it");
    }
    return out;
  }
}
