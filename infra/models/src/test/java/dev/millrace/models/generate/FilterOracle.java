package dev.millrace.models.generate;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Temperature, top-k, top-p and min-p once more, a row at a time in double precision. */
final class FilterOracle {

  private FilterOracle() {}

  static double[] distribution(float[] logits, double temperature, int k, double p, double minP) {
    double[] probability = softmax(logits, temperature);
    Integer[] order =
        IntStream.range(0, logits.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> -probability[i]))
            .toArray(Integer[]::new);
    boolean[] keep = new boolean[logits.length];
    double amongTop = 0;
    for (int rank = 0; rank < (k > 0 ? k : order.length); rank++) {
      amongTop += probability[order[rank]];
    }
    double before = 0;
    for (int rank = 0; rank < (k > 0 ? k : order.length); rank++) {
      double share = probability[order[rank]] / amongTop;
      double best = probability[order[0]] / amongTop;
      keep[order[rank]] = rank == 0 || (before < p && share >= minP * best);
      before += share;
    }
    double sum =
        IntStream.range(0, keep.length).filter(i -> keep[i]).mapToDouble(i -> probability[i]).sum();
    double[] out = new double[logits.length];
    Arrays.setAll(out, i -> keep[i] ? probability[i] / sum : 0);
    return out;
  }

  private static double[] softmax(float[] logits, double temperature) {
    double[] out = new double[logits.length];
    Arrays.setAll(out, i -> Math.exp(logits[i] / temperature));
    double sum = Arrays.stream(out).sum();
    Arrays.setAll(out, i -> out[i] / sum);
    return out;
  }
}
