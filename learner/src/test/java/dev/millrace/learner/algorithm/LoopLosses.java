package dev.millrace.learner.algorithm;

/** The losses once more, token by token in plain Java, as the formulas are written. */
final class LoopLosses {

  private LoopLosses() {}

  static double clip(double x, double low, double high) {
    return Math.min(Math.max(x, low), high);
  }

  static double ratio(double l, double o) {
    return Math.exp(clip(l - o, -20, 20));
  }

  static double clipped(double r, double a, PolicyLossSettings s) {
    double loss = Math.max(-a * r, -a * clip(r, 1 - s.clipLow(), 1 + s.clipHigh()));
    if (s.dualClip() > 0 && a < 0) {
      loss = Math.min(loss, -a * s.dualClip());
    }
    return loss;
  }

  static double[] of(PolicyLossSettings s, double[] l, double[] o, double[] a, int[] offsets) {
    double[] out = new double[l.length];
    for (int i = 0; i + 1 < offsets.length; i++) {
      double sum = 0;
      for (int t = offsets[i]; t < offsets[i + 1]; t++) {
        sum += clip(l[t] - o[t], -20, 20);
      }
      double whole = Math.exp(sum / (offsets[i + 1] - offsets[i]));
      for (int t = offsets[i]; t < offsets[i + 1]; t++) {
        double r = ratio(l[t], o[t]);
        out[t] =
            switch (s.form()) {
              case CLIP -> clipped(r, a[t], s);
              case GSPO -> clipped(whole, a[t], s);
              case CISPO -> -clip(r, 1 - s.clipLow(), 1 + s.clipHigh()) * a[t] * l[t];
              case UNCLIPPED -> -r * a[t];
            };
      }
    }
    return out;
  }

  static double kl(KlEstimator estimator, double l, double f) {
    double d = clip(l - f, -20, 20);
    return switch (estimator) {
      case K1 -> d;
      case K2 -> d * d / 2;
      case K3 -> clip(Math.exp(-d) + d - 1, -10, 10);
    };
  }

  static double value(double v, double old, double target, double c) {
    double a = (v - target) * (v - target);
    double moved = clip(v, old - c, old + c) - target;
    return 0.5 * Math.max(a, moved * moved);
  }
}
