package dev.millrace.models.train;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.checkpoint.TensorDigest;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderLayout;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.NativeTensors;
import dev.millrace.models.script.Scope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
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
      if (!(alpha > 0) || Double.isInfinite(alpha)) {
        throw new IllegalArgumentException("LoRA alpha must be above 0, not " + alpha);
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

    /** The factor of the product. */
    public double scale() {
      return alpha / rank;
    }
  }

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
    Map<String, long[]> shapes = LoraLayout.shapes(config, settings);
    PtNDArray none = scope.zeros(DataType.FLOAT32, 0);
    for (int l = 0; l < config.layers(); l++) {
      for (String projection : DecoderLayout.PROJECTIONS) {
        if (settings.targets().contains(projection)) {
          LoraLayout.Pair pair = LoraLayout.pair(l, projection);
          add(pair.a(), shapes.get(pair.a()), maker);
          add(pair.b(), shapes.get(pair.b()), maker);
        } else {
          pairs.addAll(List.of(none, none));
          pairNames.addAll(List.of("", ""));
        }
      }
    }
  }

  private void add(String name, long[] shape, Maker maker) {
    PtNDArray tensor = maker.make(name, shape);
    tensors.put(name, tensor);
    pairs.add(tensor);
    pairNames.add(name);
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

  /**
   * An adapter with given tensors, by their names in an adapter file; they are copied.
   *
   * @param origin where the tensors come from, for messages
   * @throws dev.millrace.models.checkpoint.CheckpointException if they do not fit the model
   */
  public static Lora of(
      DecoderWeights weights,
      Settings settings,
      String origin,
      Collection<? extends Tensor> saved) {
    LoraLayout.expectation(weights.config(), settings).check(origin, saved);
    Map<String, Tensor> byName = new HashMap<>();
    saved.forEach(tensor -> byName.put(tensor.name(), tensor));
    Scope scope = Scope.open(weights.runtime());
    try {
      return new Lora(
          weights.config(),
          settings,
          scope,
          (name, shape) -> NativeTensors.copy(scope, byName.get(name)));
    } catch (RuntimeException e) {
      scope.close();
      throw e;
    }
  }

  /** How the adapter was made. */
  public Settings settings() {
    return settings;
  }

  /** The factor of the product. */
  public double scale() {
    return settings.scale();
  }

  /** The live tensors by their names in an adapter file. */
  public Map<String, PtNDArray> tensors() {
    return new LinkedHashMap<>(tensors);
  }

  /**
   * The tensors ready to be written, hashed or published: on the CPU views of the live memory, to
   * be finished with before the next optimizer step.
   */
  public List<Tensor> views() {
    List<Tensor> out = new ArrayList<>();
    tensors.forEach((name, tensor) -> out.add(NativeTensors.view(name, tensor)));
    return out;
  }

  /** SHA-256 over the canonical bytes of the tensors. */
  public String sha256() {
    return TensorDigest.sha256(views());
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

  /** New weights with the adapter's product added in; {@link LoraMerge} does it again and again. */
  public DecoderWeights merged(DecoderWeights base) {
    requireShape(base);
    DecoderWeights out = base.duplicate();
    try (LoraMerge merge = new LoraMerge(base.runtime())) {
      merge.into(out, this);
      return out;
    } catch (RuntimeException e) {
      out.close();
      throw e;
    }
  }

  void requireShape(DecoderWeights base) {
    if (!base.config().equals(config)) {
      throw new IllegalArgumentException("the adapter belongs to a model of another shape");
    }
  }

  PtNDArray tensor(String name) {
    return tensors.get(name);
  }

  @Override
  public void close() {
    scope.close();
  }
}
