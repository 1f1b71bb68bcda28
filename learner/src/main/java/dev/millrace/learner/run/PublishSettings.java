package dev.millrace.learner.run;

import java.util.List;

/**
 * How new weights are published.
 *
 * @param dtype {@code float32}, which workers read back bit by bit, or {@code bfloat16}, half the
 *     size
 * @param keep newest versions that stay on the log, beside those that open tasks may need
 * @param delta how many versions after a whole one may be published as their difference from it,
 *     where that is smaller; 0: every version is whole
 */
public record PublishSettings(String dtype, int keep, int delta) {

  public PublishSettings {
    if (!List.of("float32", "bfloat16").contains(dtype)) {
      throw new IllegalArgumentException("dtype must be float32 or bfloat16, not '" + dtype + "'");
    }
    Checks.range("keep", keep, 1, 1_000_000);
    Checks.range("delta", delta, 0, 10_000);
  }
}
