package dev.millrace.models.decoder;

/** How the weights of a model from nothing are drawn; norms are 1 and biases 0 in any case. */
public enum Initialisation {
  /** Every matrix from N(0, initializer_range), as pretraining code does for large models. */
  FLAT,
  /**
   * For small models that learn in minutes: linear maps from N(0, 1 / sqrt(inputs)), those that
   * write into the residual stream divided by sqrt(2 layers) as well, embedding 0.3, head 0.02.
   */
  SCALED;

  double std(String name, long[] shape, DecoderConfig config) {
    if (this == FLAT) {
      return config.initStd();
    }
    if (name.endsWith("embed_tokens.weight")) {
      return config.tied() ? 1 / Math.sqrt(config.hidden()) : 0.3;
    }
    if (name.equals("lm_head.weight")) {
      return 0.02;
    }
    double std = 1 / Math.sqrt(shape[1]);
    boolean writes = name.endsWith("o_proj.weight") || name.endsWith("down_proj.weight");
    return writes ? std / Math.sqrt(2.0 * config.layers()) : std;
  }
}
