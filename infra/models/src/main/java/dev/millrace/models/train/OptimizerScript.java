package dev.millrace.models.train;

import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.ScriptModule;
import dev.millrace.models.script.TensorList;
import dev.millrace.models.script.TorchRuntime;
import java.util.List;
import java.util.Map;

/** The compiled {@code optimizer.py}. */
final class OptimizerScript implements AutoCloseable {

  private final TorchRuntime runtime;
  private final ScriptModule module;
  private final int threads;

  OptimizerScript(TorchRuntime runtime, int threads) {
    this.runtime = runtime;
    this.threads = threads;
    this.module =
        ScriptModule.compileResource(
            runtime, OptimizerScript.class, "/dev/millrace/models/optimizer.py", Map.of());
  }

  double norm(TensorList gradients) {
    try (Scope out = Scope.open(runtime)) {
      return Math.sqrt(
          module.infer(out, threads, "square_sum", gradients).singletonOrThrow().getDouble());
    }
  }

  void scale(TensorList gradients, double factor) {
    try (Scope out = Scope.open(runtime)) {
      module.infer(out, threads, "scale", gradients, factor);
    }
  }

  void zero(TensorList tensors) {
    try (Scope out = Scope.open(runtime)) {
      module.infer(out, threads, "zero", tensors);
    }
  }

  /** Overwrites tensors, whether they require a gradient or not. */
  void copy(List<PtNDArray> source, List<PtNDArray> target) {
    try (Scope out = Scope.open(runtime)) {
      module.infer(out, threads, "copy", source, target);
    }
  }

  void adamw(
      TensorList weights,
      TensorList gradients,
      TensorList first,
      TensorList second,
      TensorList steps,
      double rate,
      AdamW.Settings settings,
      double decay) {
    try (Scope out = Scope.open(runtime)) {
      module.infer(
          out,
          threads,
          "adamw",
          weights,
          gradients,
          first,
          second,
          steps,
          rate,
          settings.beta1(),
          settings.beta2(),
          settings.eps(),
          decay);
    }
  }

  @Override
  public void close() {
    module.close();
  }
}
