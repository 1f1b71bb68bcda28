package dev.millrace.models.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderLayout;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.NativeTensors;
import dev.millrace.models.script.Scope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * A low-rank adapter (Hu et al. 2021): for each target map W, {@code y = W x + alpha / rank * B A
 * x}. B begins at zero, so a new adapter changes nothing.
 */
public final class Lora implements AutoCloseable {

  /**
   * @param rank rows of A
   * @param alpha strength; the product is scaled by alpha / rank
   * @param dropout share of the inputs of A that is dropped in training
   * @param targets projections to adapt, see {@link DecoderLayout#PROJECTIONS}
   */
  public record Settings(int rank, double alpha, double dropout, Set<String> targets) {

    public Settings {
      if (rank < 1) {
        throw new IllegalArgumentException("LoRA rank must be at least 1, not " + rank);
      }
      if (!(dropout >= 0 && dropout < 1)) {
        throw new IllegalArgumentException("LoRA dropout must be in [0, 1), not " + dropout);
      }
      targets = Set.copyOf(targets);
      Set<String> unknown = new LinkedHashSet<>(targets);
      unknown.removeAll(Set.copyOf(DecoderLayout.PROJECTIONS));
      if (!unknown.isEmpty() || targets.isEmpty()) {
        throw new IllegalArgumentException(
            "LoRA targets must be some of %s, not %s"
                .formatted(DecoderLayout.PROJECTIONS, targets));
      }
    }
  }

  static final String PREFIX = "base_model.model.";

  private final DecoderConfig config;
  private final Settings settings;
  private final Scope scope;
  private final Map<String, PtNDArray> tensors = new LinkedHashMap<>();
  private final List<PtNDArray> pairs = new ArrayList<>();
  private final List<String> pairNames = new ArrayList<>();

  private interface Maker {
    PtNDArray make(String name, long[] shape);
  }

  private Lora(DecoderConfig config, Settings settings, Scope scope, Maker maker) {
    this.config = config;
    this.settings = settings;
    this.scope = scope;
    Map<String, long[]> shapes = DecoderLayout.of(config).shapes();
    PtNDArray none = scope.zeros(DataType.FLOAT32, 0);
    for (int l = 0; l < config.layers(); l++) {
      for (String projection : DecoderLayout.PROJECTIONS) {
        String module = module(l, projection);
        long[] shape = shapes.get(module + ".weight");
        if (settings.targets().contains(projection)) {
          add(module + ".lora_A.weight", new long[] {settings.rank(), shape[1]}, maker);
          add(module + ".lora_B.weight", new long[] {shape[0], settings.rank()}, maker);
        } else {
          pairs.addAll(List.of(none, none));
          pairNames.addAll(List.of("", ""));
        }
      }
    }
  }

  private void add(String module, long[] shape, Maker maker) {
    String name = PREFIX + module;
    PtNDArray tensor = maker.make(name, shape);
    tensors.put(name, tensor);
    pairs.add(tensor);
    pairNames.add(name);
  }

  private static String module(int layer, String projection) {
    boolean attention = DecoderLayout.PROJECTIONS.indexOf(projection) < 4;
    return "model.layers." + layer + (attention ? ".self_attn." : ".mlp.") + projection;
  }

  /** A new adapter that changes nothing yet. */
  public static Lora create(DecoderWeights weights, Settings settings, long seed) {
    var random = new SplittableRandom(seed);
    Scope scope = Scope.open(weights.runtime());
    return new Lora(
        weights.config(),
        settings,
        scope,
        (name, shape) -> {
          if (name.endsWith("lora_B.weight")) {
            return scope.zeros(DataType.FLOAT32, shape);
          }
          double bound = 1 / Math.sqrt(shape[1]);
          float[] values = new float[(int) (shape[0] * shape[1])];
          for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-bound, bound);
          }
          return scope.floats(values, shape);
        });
  }

  /** An adapter with given tensors, by their names in an adapter file. */
  static Lora of(DecoderWeights weights, Settings settings, Map<String, Tensor> saved) {
    Scope scope = Scope.open(weights.runtime());
    try {
      return new Lora(
          weights.config(),
          settings,
          scope,
          (name, shape) -> NativeTensors.copy(scope, saved.get(name)));
    } catch (RuntimeException e) {
      scope.close();
      throw e;
    }
  }

  /** Shapes of all tensors of an adapter. */
  static Map<String, long[]> shapes(DecoderWeights weights, Settings settings) {
    try (Lora lora = create(weights, settings, 0)) {
      Map<String, long[]> out = new LinkedHashMap<>();
      lora.tensors.forEach((name, tensor) -> out.put(name, tensor.getShape().getShape()));
      return out;
    }
  }

  /** How the adapter was made. */
  public Settings settings() {
    return settings;
  }

  /** The factor of the product. */
  public double scale() {
    return settings.alpha() / settings.rank();
  }

  /** The live tensors by their names in an adapter file. */
  public Map<String, PtNDArray> tensors() {
    return new LinkedHashMap<>(tensors);
  }

  /**
   * A and B for every layer and projection, empty where it is no target, as the script takes them.
   */
  List<PtNDArray> pairs() {
    return pairs;
  }

  List<String> pairNames() {
    return pairNames;
  }

  /** New weights with the adapter's product added in: what is published and sampled from. */
  public DecoderWeights merged(DecoderWeights base) {
    if (!base.config().equals(config)) {
      throw new IllegalArgumentException("the adapter belongs to a model of another shape");
    }
    DecoderWeights out = base.duplicate();
    try (Scope temporary = Scope.open(base.runtime())) {
      for (int i = 0; i < pairs.size(); i += 2) {
        if (pairNames.get(i).isEmpty()) {
          continue;
        }
        String module = pairNames.get(i).replace(PREFIX, "").replace(".lora_A.weight", "");
        NDArray a = temporary.keep(pairs.get(i).stopGradient());
        NDArray b = temporary.keep(pairs.get(i + 1).stopGradient());
        out.get(module + ".weight").addi(b.matMul(a).mul(scale()));
      }
      return out;
    }
  }

  @Override
  public void close() {
    scope.close();
  }
}
