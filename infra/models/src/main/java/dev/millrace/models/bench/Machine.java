package dev.millrace.models.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import dev.millrace.models.script.DenseKernels;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.ScriptModule;
import dev.millrace.models.script.TorchRuntime;

/**
 * What this machine can do at best: memory read, and multiplication of large matrices.
 *
 * @param bytesPerMs bytes that adding up all elements reads in a millisecond, for weights of the
 *     size measured
 * @param flopsPerMs floating-point operations of a large product in a millisecond, by the fastest
 *     kernels that training has
 */
record Machine(double bytesPerMs, double flopsPerMs) {

  static Machine measure(TorchRuntime runtime, long weightBytes, int threads) {
    TorchRuntime.useThreads(threads);
    try (Scope scope = Scope.open(runtime)) {
      int width = 1024;
      int rows = (int) Math.clamp(weightBytes / 4 / width, 64, 1 << 18);
      NDArray matrix = scope.manager().randomNormal(new Shape(rows, width));
      int repeats = Math.max(1, (int) (3e8 / (4.0 * rows * width)));
      double read = best(8, repeats, () -> matrix.sum().close());
      NDArray a = scope.manager().randomNormal(new Shape(1024, 1024));
      NDArray b = scope.manager().randomNormal(new Shape(1024, 1024));
      double multiply = best(5, 3, () -> a.matMul(b).close());
      try (ScriptModule products = DenseKernels.compileProducts(runtime)) {
        multiply = Math.min(multiply, best(5, 3, () -> product(products, scope, threads, a, b)));
      }
      return new Machine(4.0 * rows * width / read, 2.0 * 1024 * 1024 * 1024 / multiply);
    }
  }

  private static void product(
      ScriptModule products, Scope scope, int threads, NDArray a, NDArray b) {
    products.infer(scope, threads, "times_t", a, b).close();
  }

  private static double best(int rounds, int repeats, Runnable work) {
    double best = Double.MAX_VALUE;
    for (int round = 0; round < rounds; round++) {
      long before = System.nanoTime();
      for (int i = 0; i < repeats; i++) {
        work.run();
      }
      best = Math.min(best, (System.nanoTime() - before) / 1e6 / repeats);
    }
    return best;
  }
}
