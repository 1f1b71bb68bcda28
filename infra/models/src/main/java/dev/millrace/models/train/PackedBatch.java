package dev.millrace.models.train;

import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.decoder.Packing;
import dev.millrace.models.script.Scope;
import java.util.Arrays;
import java.util.List;

/**
 * A batch in native memory: the packed tokens, the rows whose hidden state predicts a scored token,
 * and those tokens.
 *
 * <p>Neighbours that begin with the same unscored tokens, as answers to one prompt do, share them:
 * everything but attention computes them once.
 */
record PackedBatch(Packing packing, PtNDArray rows, PtNDArray targets) {

  static PackedBatch of(Scope scope, TokenBatch batch, int vocab) {
    boolean padded = batch.layout() == TokenBatch.Layout.PADDED;
    SharedPrompts shared = padded ? null : SharedPrompts.of(batch.sequences());
    long[] rows = new long[batch.scored()];
    long[] targets = new long[rows.length];
    int width = batch.sequences().stream().mapToInt(ScoredTokens::length).max().orElseThrow();
    int at = 0;
    long base = 0;
    for (int i = 0; i < batch.sequences().size(); i++) {
      ScoredTokens sequence = batch.sequences().get(i);
      int[] tokens = sequence.tokens();
      boolean[] scored = sequence.scored();
      for (int t = 1; t < tokens.length; t++) {
        if (scored[t]) {
          rows[at] = padded ? base + t - 1 : shared.index(i, t - 1);
          targets[at++] = tokens[t];
        }
      }
      base += width;
    }
    return new PackedBatch(
        padded ? padded(scope, batch, width, vocab) : shared.packing(scope, vocab),
        scope.longs(rows),
        scope.longs(targets));
  }

  private static Packing padded(Scope scope, TokenBatch batch, int width, int vocab) {
    List<int[]> tokens =
        batch.sequences().stream().map(s -> Arrays.copyOf(s.tokens(), width)).toList();
    return Packing.of(scope, tokens, vocab);
  }
}
