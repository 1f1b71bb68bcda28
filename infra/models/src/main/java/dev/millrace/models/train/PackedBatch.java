package dev.millrace.models.train;

import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.decoder.Packing;
import dev.millrace.models.script.Scope;
import java.util.Arrays;
import java.util.List;

/**
 * A batch in native memory: the packed tokens, the rows whose hidden state predicts a scored token,
 * and those tokens.
 */
record PackedBatch(Packing packing, PtNDArray rows, PtNDArray targets) {

  static PackedBatch of(Scope scope, TokenBatch batch, int vocab) {
    boolean padded = batch.layout() == TokenBatch.Layout.PADDED;
    int width = batch.sequences().stream().mapToInt(ScoredTokens::length).max().orElseThrow();
    List<int[]> tokens =
        batch.sequences().stream()
            .map(s -> padded ? Arrays.copyOf(s.tokens(), width) : s.tokens())
            .toList();
    long[] rows = new long[batch.scored()];
    long[] targets = new long[rows.length];
    int at = 0;
    long base = 0;
    for (int i = 0; i < tokens.size(); i++) {
      ScoredTokens sequence = batch.sequences().get(i);
      for (int t = 1; t < sequence.length(); t++) {
        if (sequence.scored()[t]) {
          rows[at] = base + t - 1;
          targets[at++] = sequence.tokens()[t];
        }
      }
      base += tokens.get(i).length;
    }
    return new PackedBatch(
        Packing.of(scope, tokens, vocab), scope.longs(rows), scope.longs(targets));
  }
}
