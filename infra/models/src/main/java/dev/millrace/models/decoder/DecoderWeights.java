package dev.millrace.models.decoder;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.checkpoint.Checkpoint;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.checkpoint.TensorDigest;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.TorchRuntime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The weights of a decoder by their Hugging Face names, in float32, in native memory that this
 * object owns. They are what is trained, saved and published; sampling works on a fused copy.
 */
public final class DecoderWeights implements AutoCloseable {

  private final TorchRuntime runtime;
  private final DecoderConfig config;
  private final Scope scope;
  private final Map<String, PtNDArray> tensors;

  private DecoderWeights(
      TorchRuntime runtime, DecoderConfig config, Scope scope, Map<String, PtNDArray> tensors) {
    this.runtime = runtime;
    this.config = config;
    this.scope = scope;
    this.tensors = tensors;
  }

  /** Draws weights; the same seed gives the same weights on every machine. */
  public static DecoderWeights random(
      TorchRuntime runtime, DecoderConfig config, Initialisation how, long seed) {
    var random = new SplittableRandom(seed);
    return build(
        runtime,
        config,
        (scope, name, shape) -> {
          int n = Math.toIntExact(new Shape(shape).size());
          ByteBuffer data = ByteBuffer.allocateDirect(4 * n).order(ByteOrder.nativeOrder());
          var floats = data.asFloatBuffer();
          boolean matrix = shape.length > 1;
          double std = matrix ? how.std(name, shape, config) : 0;
          float constant = name.endsWith("bias") ? 0 : 1;
          for (int i = 0; i < n; i++) {
            floats.put(i, matrix ? (float) (random.nextGaussian() * std) : constant);
          }
          return scope.manager().create(data, new Shape(shape), DataType.FLOAT32);
        });
  }

  /**
   * Copies the weights of a checkpoint, widened to float32.
   *
   * @throws dev.millrace.models.checkpoint.CheckpointException naming missing, extra, wrongly
   *     shaped tensors and those with a NaN
   */
  public static DecoderWeights load(
      TorchRuntime runtime, DecoderConfig config, Checkpoint checkpoint) {
    checkpoint.require(DecoderLayout.of(config).expectation(config));
    checkpoint.requireFinite();
    return copy(runtime, config, checkpoint.tensors());
  }

  /** Opens a Hugging Face directory: config.json and its safetensors. */
  public static DecoderWeights load(TorchRuntime runtime, Path directory) {
    DecoderConfig config = DecoderConfigJson.read(directory);
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      return load(runtime, config, checkpoint);
    }
  }

  /**
   * Copies weights that were received, for example from a topic.
   *
   * @throws dev.millrace.models.checkpoint.CheckpointException as {@link #load}
   */
  public static DecoderWeights copyOf(
      TorchRuntime runtime,
      DecoderConfig config,
      String origin,
      Collection<? extends Tensor> received) {
    DecoderLayout.of(config).expectation(config).check(origin, received);
    Map<String, Tensor> byName = new LinkedHashMap<>();
    received.forEach(tensor -> byName.put(tensor.name(), tensor));
    DecoderWeights weights = copy(runtime, config, byName);
    try {
      weights.requireFinite(origin);
      return weights;
    } catch (RuntimeException e) {
      weights.close();
      throw e;
    }
  }

  /**
   * Weights in memory that is given up to them; on the CPU it is used where it lies, without a
   * copy. Not looked through for a NaN: who samples or trains with them does that.
   *
   * @param received by name, float32 in native byte order, direct, the tensor's bytes from position
   *     0 to the limit; nobody may touch them any more
   * @throws IllegalArgumentException naming a tensor that is missing or has another size
   */
  public static DecoderWeights over(
      TorchRuntime runtime, DecoderConfig config, Map<String, ByteBuffer> received) {
    return build(
        runtime,
        config,
        (scope, name, shape) -> {
          ByteBuffer data = received.get(name);
          Shape wanted = new Shape(shape);
          if (data == null || !data.isDirect() || data.remaining() != 4 * wanted.size()) {
            throw new IllegalArgumentException(
                "tensor %s %s needs %d bytes of direct memory, given is %s"
                    .formatted(name, wanted, 4 * wanted.size(), data));
          }
          return scope.manager().create(data, wanted, DataType.FLOAT32);
        });
  }

  private static DecoderWeights copy(
      TorchRuntime runtime, DecoderConfig config, Map<String, ? extends Tensor> from) {
    return build(
        runtime, config, (scope, name, shape) -> NativeTensors.copy(scope, from.get(name)));
  }

  /** A second copy, for a frozen reference. */
  public DecoderWeights duplicate() {
    return build(
        runtime,
        config,
        (into, name, shape) -> {
          try (PtNDArray detached = (PtNDArray) tensors.get(name).stopGradient()) {
            return into.keep((PtNDArray) detached.duplicate());
          }
        });
  }

  private interface Maker {
    PtNDArray make(Scope scope, String name, long[] shape);
  }

  private static DecoderWeights build(TorchRuntime runtime, DecoderConfig config, Maker maker) {
    Scope scope = Scope.open(runtime);
    try {
      Map<String, PtNDArray> tensors = new LinkedHashMap<>();
      DecoderLayout.of(config)
          .shapes()
          .forEach((name, shape) -> tensors.put(name, maker.make(scope, name, shape)));
      return new DecoderWeights(runtime, config, scope, tensors);
    } catch (RuntimeException e) {
      scope.close();
      throw e;
    }
  }

  /** Shape of the model. */
  public DecoderConfig config() {
    return config;
  }

  /** Where the weights live. */
  public TorchRuntime runtime() {
    return runtime;
  }

  /** The live tensors, in the order of the script. */
  public List<PtNDArray> list() {
    return new ArrayList<>(tensors.values());
  }

  /** Names in the order of the script. */
  public List<String> names() {
    return new ArrayList<>(tensors.keySet());
  }

  /** The live tensor of a name, for example {@code model.norm.weight}. */
  public PtNDArray get(String name) {
    PtNDArray tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException("the model has no tensor '" + name + "'");
    }
    return tensor;
  }

  /**
   * Puts a tensor, which is taken over, in the place of the one of this name.
   *
   * @throws IllegalArgumentException if it has another shape
   */
  public void replace(String name, PtNDArray tensor) {
    PtNDArray old = get(name);
    if (!old.getShape().equals(tensor.getShape())) {
      throw new IllegalArgumentException(
          "%s is %s, not %s".formatted(name, old.getShape(), tensor.getShape()));
    }
    tensors.put(name, scope.keep(tensor));
    old.close();
  }

  /**
   * The weights as checkpoint tensors, ready to be written, hashed or published. On the CPU they
   * are views of the live memory: finish with them before the next optimizer step.
   */
  public List<Tensor> tensors() {
    List<Tensor> out = new ArrayList<>();
    tensors.forEach((name, tensor) -> out.add(NativeTensors.view(name, tensor)));
    return out;
  }

  /** SHA-256 over the canonical bytes of all weights. */
  public String sha256() {
    return TensorDigest.sha256(tensors());
  }

  /**
   * @throws IllegalStateException naming the first tensor with a NaN or an infinity in it
   */
  public void requireFinite(String origin) {
    try (DecoderScript script = DecoderScript.compile(runtime, config)) {
      script.requireFinite(this, origin);
    }
  }

  /** Writes config.json and model.safetensors; tokenizer files are the caller's. */
  public void save(Path directory) {
    try {
      Files.createDirectories(directory);
      Checkpoint.write(directory, tensors());
      Files.writeString(
          directory.resolve("config.json"),
          DecoderConfigJson.write(config).toPrettyString() + "\n",
          StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the model to " + directory, e);
    }
  }

  @Override
  public void close() {
    scope.close();
  }
}
