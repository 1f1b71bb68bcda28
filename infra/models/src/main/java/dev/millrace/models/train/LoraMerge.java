package dev.millrace.models.train;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.ScriptModule;
import dev.millrace.models.script.TorchRuntime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Adds adapters to the weights below them, each in one native call that reads every adapted map
 * once. For one thread at a time.
 */
public final class LoraMerge implements AutoCloseable {

  private final ScriptModule module;

  /** Compiles the script. */
  public LoraMerge(TorchRuntime runtime) {
    module =
        ScriptModule.compileResource(
            runtime, LoraMerge.class, "/dev/millrace/models/adapter.py", Map.of());
  }

  /**
   * Puts {@code W + scale B A} in the place of every map that is adapted. Their memory is only
   * read, so others may share it.
   *
   * @throws IllegalArgumentException if the adapter belongs to a model of another shape
   */
  public void into(DecoderWeights weights, Lora lora) {
    lora.requireShape(weights);
    List<LoraLayout.Pair> pairs = LoraLayout.pairs(weights.config(), lora.settings());
    List<PtNDArray> maps = new ArrayList<>();
    List<PtNDArray> factors = new ArrayList<>();
    for (LoraLayout.Pair pair : pairs) {
      maps.add(weights.get(pair.weight()));
      factors.add(lora.tensor(pair.a()));
      factors.add(lora.tensor(pair.b()));
    }
    try (Scope scope = Scope.open(weights.runtime())) {
      int threads = TorchRuntime.threadsFor(weights.config().weights());
      PtNDArray scale = scope.doubles(new double[] {lora.scale()});
      NDList merged = module.plain(scope, threads, "merge", maps, factors, scale);
      for (int i = 0; i < pairs.size(); i++) {
        weights.replace(pairs.get(i).weight(), (PtNDArray) merged.get(i));
      }
    }
  }

  @Override
  public void close() {
    module.close();
  }
}
