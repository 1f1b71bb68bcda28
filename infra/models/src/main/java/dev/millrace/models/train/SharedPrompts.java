package dev.millrace.models.train;

import dev.millrace.models.decoder.Packing;
import dev.millrace.models.script.Scope;
import java.util.Arrays;
import java.util.List;

/**
 * Where the tokens of sequences lie when neighbours share the unscored tokens that they begin with.
 * Shared tokens see the same tokens before them in every sequence, so their states are the same.
 */
final class SharedPrompts {

  private final List<int[]> tokens;
  private final int[] prompts;
  private final int[] promptAt;
  private final int[] answerAt;
  private final int total;
  private final boolean any;

  private SharedPrompts(
      List<int[]> tokens, int[] prompts, int[] promptAt, int[] answerAt, int total, boolean any) {
    this.tokens = tokens;
    this.prompts = prompts;
    this.promptAt = promptAt;
    this.answerAt = answerAt;
    this.total = total;
    this.any = any;
  }

  static SharedPrompts of(List<ScoredTokens> sequences) {
    int n = sequences.size();
    List<int[]> tokens = sequences.stream().map(ScoredTokens::tokens).toList();
    int[] prompts = sequences.stream().mapToInt(ScoredTokens::unscoredPrefix).toArray();
    int[] promptAt = new int[n];
    int[] answerAt = new int[n];
    int at = 0;
    boolean any = false;
    for (int i = 0; i < n; i++) {
      if (i > 0 && same(tokens.get(i - 1), prompts[i - 1], tokens.get(i), prompts[i])) {
        promptAt[i] = promptAt[i - 1];
        any = true;
      } else {
        promptAt[i] = at;
        at += prompts[i];
      }
      answerAt[i] = at;
      at += tokens.get(i).length - prompts[i];
    }
    return new SharedPrompts(tokens, prompts, promptAt, answerAt, at, any);
  }

  private static boolean same(int[] a, int aPrompt, int[] b, int bPrompt) {
    return aPrompt == bPrompt && Arrays.equals(a, 0, aPrompt, b, 0, bPrompt);
  }

  /** Where token {@code t} of sequence {@code i} lies among the packed tokens. */
  int index(int i, int t) {
    return t < prompts[i] ? promptAt[i] + t : answerAt[i] + t - prompts[i];
  }

  /** Packed tokens. */
  int total() {
    return total;
  }

  Packing packing(Scope scope, int vocab) {
    if (!any) {
      return Packing.of(scope, tokens, vocab);
    }
    int width = tokens.stream().mapToInt(t -> t.length).max().orElseThrow();
    long[] packed = new long[total];
    long[] positions = new long[total];
    long[] pad = new long[tokens.size() * width];
    long[] unpad = new long[total];
    for (int i = 0; i < tokens.size(); i++) {
      int[] sequence = tokens.get(i);
      for (int t = 0; t < sequence.length; t++) {
        int at = index(i, t);
        int cell = i * width + t;
        packed[at] = Packing.checked(sequence[t], vocab);
        positions[at] = t;
        pad[cell] = at;
        unpad[at] = cell;
      }
    }
    return new Packing(
        scope.longs(packed),
        scope.longs(positions),
        scope.longs(pad),
        scope.longs(unpad),
        tokens.size(),
        width);
  }
}
