package dev.millrace.learner.run;

import dev.millrace.models.decoder.DecoderLayout;
import dev.millrace.models.train.Lora;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * An adapter that is trained instead of the weights. Only it is published; the weights below it
 * stay as they were at the start, and are the reference.
 *
 * @param rank rows of A, the smaller side of both its matrices
 * @param alpha strength: the product is scaled by alpha / rank
 * @param targets the projections that are adapted
 * @param dropout share of A's inputs that is left out in training
 */
public record LoraSettings(int rank, double alpha, List<String> targets, double dropout) {

  public LoraSettings {
    Checks.range("rank", rank, 1, 65_536);
    if (!(alpha > 0) || Double.isInfinite(alpha)) {
      throw new IllegalArgumentException("alpha must be above 0, not " + alpha);
    }
    if (!(dropout >= 0 && dropout < 1)) {
      throw new IllegalArgumentException("dropout must be from 0 to less than 1, not " + dropout);
    }
    targets = targets == null ? DecoderLayout.PROJECTIONS : List.copyOf(targets);
    if (targets.isEmpty() || !DecoderLayout.PROJECTIONS.containsAll(targets)) {
      throw new IllegalArgumentException(
          "targets must be some of %s, not %s".formatted(DecoderLayout.PROJECTIONS, targets));
    }
  }

  static LoraSettings defaults() {
    return new LoraSettings(16, 32, DecoderLayout.PROJECTIONS, 0);
  }

  /** As models know it. */
  public Lora.Settings model() {
    return new Lora.Settings(rank, alpha, dropout, new LinkedHashSet<>(targets));
  }
}
