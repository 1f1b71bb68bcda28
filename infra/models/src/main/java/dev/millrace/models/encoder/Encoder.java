package dev.millrace.models.encoder;

import ai.djl.pytorch.engine.PtNDArray;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.models.checkpoint.Checkpoint;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.checkpoint.TensorExpectation;
import dev.millrace.models.decoder.NativeTensors;
import dev.millrace.models.script.DenseKernels;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.ScriptModule;
import dev.millrace.models.script.TensorList;
import dev.millrace.models.script.TorchRuntime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * An encoder of the BERT or RoBERTa family for inference: vectors of texts, or the scores of its
 * classification head. Immutable; several threads may share it.
 */
public final class Encoder implements AutoCloseable {

  /** How the states of a sequence become one vector. */
  public enum Pooling {
    MEAN,
    CLS
  }

  private final EncoderConfig config;
  private final ScriptModule script;
  private final Scope scope;
  private final TensorList weights;
  private final int threads;

  private Encoder(
      EncoderConfig config, ScriptModule script, Scope scope, TensorList weights, int threads) {
    this.config = config;
    this.script = script;
    this.scope = scope;
    this.weights = weights;
    this.threads = threads;
  }

  /**
   * Opens a Hugging Face directory.
   *
   * @throws IllegalArgumentException if its config.json is missing or not of a supported family
   * @throws dev.millrace.models.checkpoint.CheckpointException if its tensors do not fit
   */
  public static Encoder load(TorchRuntime runtime, Path directory) {
    Path file = directory.resolve("config.json");
    if (!Files.exists(file)) {
      throw new IllegalArgumentException(file + " does not exist: this is no model directory");
    }
    EncoderConfig config;
    try {
      config = EncoderConfig.parse(new ObjectMapper().readTree(file.toFile()));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " is no JSON: " + e.getMessage(), e);
    }
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      checkpoint.requireFinite();
      return of(runtime, config, directory.toString(), checkpoint.tensors());
    }
  }

  /** Prepares given weights; they are copied. */
  public static Encoder of(
      TorchRuntime runtime, EncoderConfig config, String origin, Map<String, Tensor> tensors) {
    String prefix =
        tensors.containsKey(config.prefix() + "embeddings.word_embeddings.weight")
            ? config.prefix()
            : "";
    Map<String, long[]> expected = new LinkedHashMap<>();
    config.shapes().forEach((name, shape) -> expected.put(prefix + name, shape));
    expected.putAll(config.headShapes());
    TensorExpectation.of(config.family() + " encoder", expected)
        .ignoring(name -> name.endsWith("position_ids") || isUnusedHead(name))
        .check(origin, tensors.values());
    ScriptModule script = DenseKernels.fastest(runtime, "encoder.py", config.constants()).module();
    int threads = TorchRuntime.threadsFor(config.weights());
    try (Scope loading = Scope.open(runtime)) {
      List<PtNDArray> list = new ArrayList<>();
      expected.keySet().forEach(name -> list.add(NativeTensors.copy(loading, tensors.get(name))));
      TensorList fused = script.inferList(threads, "fuse", list, runtime.precision().scalarType());
      return new Encoder(config, script, Scope.open(runtime), fused, threads);
    } catch (RuntimeException e) {
      script.close();
      throw e;
    }
  }

  // Pretraining heads and poolers come with many encoders and do nothing for embeddings.
  private static boolean isUnusedHead(String name) {
    return name.startsWith("cls.") || name.startsWith("lm_head.") || name.contains("pooler.dense.");
  }

  /** Random weights by name, for tests and benchmarks. */
  public static Map<String, Tensor> randomWeights(EncoderConfig config, long seed) {
    var random = new SplittableRandom(seed);
    Map<String, long[]> shapes = new LinkedHashMap<>();
    String prefix = config.labels() > 0 ? config.prefix() : "";
    config.shapes().forEach((name, shape) -> shapes.put(prefix + name, shape));
    shapes.putAll(config.headShapes());
    Map<String, Tensor> out = new LinkedHashMap<>();
    shapes.forEach(
        (name, shape) -> {
          float[] values = new float[(int) (shape.length == 1 ? shape[0] : shape[0] * shape[1])];
          boolean gain = name.endsWith("LayerNorm.weight");
          double std = name.startsWith("embeddings") || gain ? 0.1 : 1 / Math.sqrt(config.hidden());
          for (int i = 0; i < values.length; i++) {
            values[i] = (float) ((gain ? 1 : 0) + random.nextGaussian() * std);
          }
          out.put(name, Tensor.ofFloats(name, shape, values));
        });
    return out;
  }

  /** Shape of the model. */
  public EncoderConfig config() {
    return config;
  }

  /**
   * Vectors of sequences, computed together.
   *
   * @param unit whether to scale them to length 1
   * @return one vector a sequence
   */
  public float[][] embed(List<EncoderInput> inputs, Pooling pooling, boolean unit) {
    try (Scope out = scope.child()) {
      EncoderBatch batch = EncoderBatch.of(out, inputs, config);
      return rows(
          script
              .infer(
                  out,
                  threads,
                  "embed",
                  batch.packing().tokens(),
                  batch.positions(),
                  batch.types(),
                  batch.packing().pad(),
                  batch.packing().unpad(),
                  batch.alive(),
                  batch.packing().rows(),
                  batch.packing().width(),
                  batch.first(),
                  batch.owner(),
                  batch.sizes(),
                  pooling == Pooling.MEAN,
                  unit,
                  weights)
              .singletonOrThrow()
              .toFloatArray(),
          inputs.size());
    }
  }

  /**
   * Logits of the classification head.
   *
   * @return [inputs][labels]
   * @throws IllegalStateException if the model has no such head
   */
  public float[][] classify(List<EncoderInput> inputs) {
    if (config.labels() == 0) {
      throw new IllegalStateException(
          "the model has no classification head: its architecture must be"
              + " ...ForSequenceClassification");
    }
    try (Scope out = scope.child()) {
      EncoderBatch batch = EncoderBatch.of(out, inputs, config);
      return rows(
          script
              .infer(
                  out,
                  threads,
                  "classify",
                  batch.packing().tokens(),
                  batch.positions(),
                  batch.types(),
                  batch.packing().pad(),
                  batch.packing().unpad(),
                  batch.alive(),
                  batch.packing().rows(),
                  batch.packing().width(),
                  batch.first(),
                  weights)
              .singletonOrThrow()
              .toFloatArray(),
          inputs.size());
    }
  }

  private static float[][] rows(float[] flat, int rows) {
    int width = flat.length / rows;
    float[][] out = new float[rows][width];
    for (int i = 0; i < rows; i++) {
      System.arraycopy(flat, i * width, out[i], 0, width);
    }
    return out;
  }

  @Override
  public void close() {
    weights.close();
    scope.close();
    script.close();
  }
}
