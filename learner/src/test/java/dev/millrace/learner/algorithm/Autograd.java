package dev.millrace.learner.algorithm;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.TorchRuntime;
import java.nio.DoubleBuffer;

/** Evaluates functions of NDArrays in float64, with their gradients. */
final class Autograd {

  private static final TorchRuntime CPU = TorchRuntime.cpu();

  /** A function from an array [n] to an array. */
  interface Formula {
    NDArray of(NDManager manager, NDArray x);
  }

  /**
   * @param values of the function
   * @param gradient of their sum, each weighted by {@link #weight}
   */
  record Result(double[] values, double[] gradient) {}

  private Autograd() {}

  static NDArray doubles(NDManager manager, double... values) {
    return manager.create(DoubleBuffer.wrap(values), new Shape(values.length), DataType.FLOAT64);
  }

  /** Different for every element, so that a gradient at the wrong place shows. */
  static double weight(int i) {
    return 1 + 0.25 * i;
  }

  static Result of(double[] x, Formula formula) {
    try (Scope scope = Scope.open(CPU)) {
      NDArray leaf = doubles(scope.manager(), x);
      leaf.setRequiresGradient(true);
      NDArray values;
      try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
        values = formula.of(scope.manager(), leaf);
        double[] weights = new double[(int) values.size()];
        for (int i = 0; i < weights.length; i++) {
          weights[i] = weight(i);
        }
        collector.backward(values.mul(doubles(scope.manager(), weights)).sum());
      }
      return new Result(values.toDoubleArray(), leaf.getGradient().toDoubleArray());
    }
  }

  /** The gradient of the weighted sum by central differences. */
  static double[] differences(double[] x, Formula formula) {
    double[] out = new double[x.length];
    double h = 1e-6;
    for (int i = 0; i < x.length; i++) {
      double[] above = x.clone();
      double[] below = x.clone();
      above[i] += h;
      below[i] -= h;
      out[i] = (weightedSum(above, formula) - weightedSum(below, formula)) / (2 * h);
    }
    return out;
  }

  private static double weightedSum(double[] x, Formula formula) {
    double sum = 0;
    double[] values = of(x, formula).values();
    for (int i = 0; i < values.length; i++) {
      sum += weight(i) * values[i];
    }
    return sum;
  }
}
