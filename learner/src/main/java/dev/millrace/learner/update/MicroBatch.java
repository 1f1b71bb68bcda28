package dev.millrace.learner.update;

import dev.millrace.models.train.TokenBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Rows that are computed together. */
record MicroBatch(TokenBatch batch, List<TrainingRow> rows) {

  static MicroBatch of(List<TrainingRow> rows) {
    return new MicroBatch(TokenBatch.of(rows.stream().map(TrainingRow::sequence).toList()), rows);
  }

  /** Divides rows, in order, so that no part but one of a single row exceeds a number of tokens. */
  static List<MicroBatch> split(List<TrainingRow> rows, int maxTokens) {
    List<MicroBatch> out = new ArrayList<>();
    int first = 0;
    int tokens = 0;
    for (int i = 0; i < rows.size(); i++) {
      int length = rows.get(i).sequence().length();
      if (i > first && tokens + length > maxTokens) {
        out.add(of(rows.subList(first, i)));
        first = i;
        tokens = 0;
      }
      tokens += length;
    }
    if (first < rows.size()) {
      out.add(of(rows.subList(first, rows.size())));
    }
    return out;
  }

  /** A number a token, of all rows one after the other. */
  float[] flat(Function<TrainingRow, float[]> part) {
    float[] out = new float[batch.scored()];
    int at = 0;
    for (TrainingRow row : rows) {
      float[] values = part.apply(row);
      System.arraycopy(values, 0, out, at, values.length);
      at += values.length;
    }
    return out;
  }

  /** Hands each row its part of a flat array. */
  void share(float[] flat, BiConsumer<TrainingRow, float[]> to) {
    int at = 0;
    for (TrainingRow row : rows) {
      to.accept(row, Arrays.copyOfRange(flat, at, at + row.tokens()));
      at += row.tokens();
    }
  }
}
