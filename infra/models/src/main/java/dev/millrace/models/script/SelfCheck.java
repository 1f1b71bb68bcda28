package dev.millrace.models.script;

import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Says whether models can run here: loads libtorch, finds the device, and compares what a script
 * computes there (matrix product, attention, gradient, in-place optimizer step) with the same in
 * double precision on the CPU, and the kernels that models are sampled with with plain ones. For
 * {@code millrace doctor --gpu}.
 */
public final class SelfCheck {

  /**
   * One finding.
   *
   * @param name what was looked at
   * @param ok whether it is as it should be
   * @param detail one line
   */
  public record Finding(String name, boolean ok, String detail) {}

  private static final String SOURCE =
      """
      class M(Module):
        __parameters__ = []
        __buffers__ = []
        training : bool
        def input(self: __torch__.M, n: int, seed: int, dt: int, like: Tensor) -> Tensor:
          i = torch.arange(n * n, dtype=7, device=like.device).view([n, n])
          return torch.sin(i * 0.7 + float(seed)).to(dt)
        def product(self: __torch__.M, a: Tensor, b: Tensor) -> Tensor:
          return torch.mm(a, b).to(7)
        def attention(self: __torch__.M, a: Tensor, b: Tensor) -> Tensor:
          n = a.size(0)
          q = a.view([1, 2, n // 2, n])
          k = b.view([1, 2, n // 2, n])
          return torch.scaled_dot_product_attention(q, k, q, None, 0.0, True, scale=None, enable_gqa=False).to(7).view([n, n])
        def gradient(self: __torch__.M, a: Tensor, w: List[Tensor]) -> Tensor:
          y = torch.sum(torch.silu(torch.mm(a, w[0])))
          gs = torch.grad([y], w)
          return unchecked_cast(Tensor, gs[0]).to(7)
        def step(self: __torch__.M, w: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], t: List[Tensor]) -> Tensor:
          n = t[0].add_(1.0)
          mx = annotate(List[Tensor], [])
          torch._fused_adamw_(w, g, m, v, mx, t, lr=0.1, beta1=0.9, beta2=0.99, weight_decay=0.0, eps=1e-8, amsgrad=False, maximize=False)
          return w[0].to(7)
      """;

  private static final int N = 64;

  private SelfCheck() {}

  /** Runs all checks on the device that {@link TorchRuntime#preferred} chooses. */
  public static List<Finding> run(Consumer<String> progress) {
    TorchRuntime runtime;
    try {
      runtime = TorchRuntime.preferred(progress);
    } catch (RuntimeException e) {
      return List.of(new Finding("libtorch", false, e.getMessage()));
    }
    boolean gpu = runtime.device().isGpu();
    Finding device =
        new Finding(
            "device",
            true,
            gpu
                ? runtime.device() + ", models compute in bfloat16"
                : "no CUDA device: models compute on the CPU in float32");
    try (ScriptModule there = ScriptModule.compile(runtime, SOURCE);
        ScriptModule here = ScriptModule.compile(TorchRuntime.cpu(), SOURCE)) {
      return List.of(
          new Finding("libtorch", true, "version " + runtime.version()),
          device,
          compare("float32 matrix product", runtime, there, here, "product", 6, 1e-3),
          compare("bfloat16 matrix product", runtime, there, here, "product", 15, 5e-1),
          DenseKernels.check(runtime),
          compare("attention", runtime, there, here, "attention", 6, 1e-4),
          gradient(runtime, there),
          step(runtime, there));
    } catch (ScriptException e) {
      return List.of(device, new Finding("script", false, e.getMessage()));
    }
  }

  private static Finding compare(
      String name,
      TorchRuntime runtime,
      ScriptModule there,
      ScriptModule here,
      String method,
      int type,
      double tolerance) {
    double[] actual = result(runtime, there, method, type);
    double[] expected = result(TorchRuntime.cpu(), here, method, 7);
    double worst = 0;
    for (int i = 0; i < expected.length; i++) {
      double difference = Math.abs(actual[i] - expected[i]);
      worst = Double.isNaN(difference) ? Double.NaN : Math.max(worst, difference);
    }
    return finding(name, worst, tolerance);
  }

  private static double[] result(
      TorchRuntime runtime, ScriptModule module, String method, int type) {
    try (Scope scope = Scope.open(runtime)) {
      var like = scope.floats(new float[1]);
      var a = module.infer(scope, 1, "input", N, 1, type, like).singletonOrThrow();
      var b = module.infer(scope, 1, "input", N, 2, type, like).singletonOrThrow();
      return module.infer(scope, 1, method, a, b).singletonOrThrow().toDoubleArray();
    }
  }

  // d/dW sum silu(A W), against the formula by finite differences of one element.
  private static Finding gradient(TorchRuntime runtime, ScriptModule module) {
    try (Scope scope = Scope.open(runtime)) {
      var a = scope.floats(new float[] {0.5f, -1}, 1, 2);
      var w = scope.floats(new float[] {0.3f, 0.1f}, 2, 1);
      w.setRequiresGradient(true);
      double[] actual =
          module
              .differentiable(scope, 1, "gradient", a, List.of(w))
              .singletonOrThrow()
              .toDoubleArray();
      double z = 0.5 * 0.3 - 0.1;
      double h = 1e-6;
      double slope = (silu(z + h) - silu(z - h)) / (2 * h);
      return finding(
          "gradient", Math.abs(actual[0] - 0.5 * slope) + Math.abs(actual[1] + slope), 1e-5);
    }
  }

  private static double silu(double x) {
    return x / (1 + Math.exp(-x));
  }

  // The first step of AdamW moves every weight by the rate against its gradient's sign. An
  // optimizer
  // that works on a copy of its lists, as some do, would leave them where they were.
  private static Finding step(TorchRuntime runtime, ScriptModule module) {
    try (Scope scope = Scope.open(runtime)) {
      var w = scope.floats(new float[] {1, 2});
      module.infer(
          scope,
          1,
          "step",
          List.of(w),
          List.of(scope.floats(new float[] {3, -4})),
          List.of(scope.floats(new float[2])),
          List.of(scope.floats(new float[2])),
          List.of(scope.floats(new float[1])));
      float[] moved = w.toFloatArray();
      return finding("optimizer step", Math.abs(moved[0] - 0.9) + Math.abs(moved[1] - 2.1), 1e-5);
    }
  }

  private static Finding finding(String name, double difference, double tolerance) {
    return new Finding(
        name,
        difference <= tolerance,
        String.format(Locale.ROOT, "differs by %.1e, %.0e is allowed", difference, tolerance));
  }
}
