package dev.millrace.models.decoder;

/**
 * Cosines and sines of rotary position embedding (Su et al. 2021), in double precision: row =
 * position, column = frequency, {@code headDim / 2} of them, scaled by YaRN's magnitude where there
 * is one.
 */
record RopeTable(int positions, int frequencies, double[] cos, double[] sin) {

  /**
   * @param positions number of rows; dynamic scaling takes it as the length of the context
   */
  static RopeTable of(DecoderConfig config, int positions) {
    double[] frequency = frequencies(config, positions);
    double magnitude = config.rope() instanceof RopeScaling.Yarn yarn ? yarn.magnitude() : 1;
    int n = frequency.length;
    double[] cos = new double[positions * n];
    double[] sin = new double[positions * n];
    for (int p = 0; p < positions; p++) {
      for (int i = 0; i < n; i++) {
        double angle = p * frequency[i];
        cos[p * n + i] = Math.cos(angle) * magnitude;
        sin[p * n + i] = Math.sin(angle) * magnitude;
      }
    }
    return new RopeTable(positions, n, cos, sin);
  }

  private static double[] frequencies(DecoderConfig config, int length) {
    int dim = config.headDim();
    double theta = config.ropeTheta();
    return switch (config.rope()) {
      case RopeScaling.None none -> plain(theta, dim);
      case RopeScaling.Linear linear -> divided(plain(theta, dim), linear.factor());
      case RopeScaling.Dynamic dynamic -> plain(dynamicBase(dynamic, theta, dim, length), dim);
      case RopeScaling.Llama3 llama -> llama3(plain(theta, dim), llama);
      case RopeScaling.Yarn yarn -> yarn(plain(theta, dim), yarn, theta, dim);
    };
  }

  private static double[] plain(double theta, int dim) {
    double[] frequency = new double[dim / 2];
    for (int i = 0; i < frequency.length; i++) {
      frequency[i] = Math.pow(theta, -2.0 * i / dim);
    }
    return frequency;
  }

  private static double[] divided(double[] frequency, double factor) {
    double[] out = new double[frequency.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = frequency[i] / factor;
    }
    return out;
  }

  private static double dynamicBase(
      RopeScaling.Dynamic scaling, double theta, int dim, int length) {
    int original = scaling.originalPositions();
    if (length <= original) {
      return theta;
    }
    double factor = scaling.factor();
    return theta * Math.pow(factor * length / original - (factor - 1), dim / (double) (dim - 2));
  }

  private static double[] llama3(double[] frequency, RopeScaling.Llama3 s) {
    double[] out = new double[frequency.length];
    double lowWave = s.originalPositions() / s.lowFactor();
    double highWave = s.originalPositions() / s.highFactor();
    for (int i = 0; i < out.length; i++) {
      double wave = 2 * Math.PI / frequency[i];
      if (wave < highWave) {
        out[i] = frequency[i];
      } else if (wave > lowWave) {
        out[i] = frequency[i] / s.factor();
      } else {
        double smooth =
            (s.originalPositions() / wave - s.lowFactor()) / (s.highFactor() - s.lowFactor());
        out[i] = (1 - smooth) * frequency[i] / s.factor() + smooth * frequency[i];
      }
    }
    return out;
  }

  private static double[] yarn(double[] frequency, RopeScaling.Yarn s, double theta, int dim) {
    double low = correction(s.betaFast(), dim, theta, s.originalPositions());
    double high = correction(s.betaSlow(), dim, theta, s.originalPositions());
    if (s.truncate()) {
      low = Math.floor(low);
      high = Math.ceil(high);
    }
    low = Math.max(low, 0);
    high = Math.min(high, dim - 1);
    if (low == high) {
      high += 0.001; // no division by zero, as in the reference
    }
    double[] out = new double[frequency.length];
    for (int i = 0; i < out.length; i++) {
      double interpolate = Math.clamp((i - low) / (high - low), 0, 1);
      out[i] = frequency[i] / s.factor() * interpolate + frequency[i] * (1 - interpolate);
    }
    return out;
  }

  // The dimension whose wave turns so many times within the original context.
  private static double correction(double turns, int dim, double theta, int positions) {
    return dim * Math.log(positions / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
  }

  float[] cosFloats() {
    return floats(cos);
  }

  float[] sinFloats() {
    return floats(sin);
  }

  private static float[] floats(double[] values) {
    float[] out = new float[values.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = (float) values[i];
    }
    return out;
  }
}
