package dev.millrace.models.decoder;

import dev.millrace.models.script.DenseKernels;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.ScriptModule;
import dev.millrace.models.script.TorchRuntime;
import java.util.List;
import java.util.Map;

/** The compiled script of decoders of one shape, {@code decoder.py}, with the model's constants. */
public final class DecoderScript implements AutoCloseable {

  private static final String SCRIPT = "decoder.py";
  private static final String FUSED = "decoder_fused.py";
  private static final String SAMPLE = "decoder_sample.py";
  private static final String PRODUCTS = "products_plain.py";
  private static final String TRAINING = "decoder_train.py";

  private final ScriptModule module;
  private final int threads;
  private final boolean packed;

  private DecoderScript(ScriptModule module, int threads, boolean packed) {
    this.module = module;
    this.threads = threads;
    this.packed = packed;
  }

  /** Compiles the script for a model; about 0.2 seconds. */
  public static DecoderScript compile(TorchRuntime runtime, DecoderConfig config) {
    return of(
        config,
        DenseKernels.plain(
            runtime, SCRIPT, DecoderLayout.constants(config), FUSED, SAMPLE, PRODUCTS));
  }

  /** Compiles the script for a model that runs many sequences at once. */
  public static DecoderScript compileForBatches(TorchRuntime runtime, DecoderConfig config) {
    Map<String, Object> constants = DecoderLayout.constants(config);
    constants.put("widening", DenseKernels.missing(runtime, config.ffn()));
    return of(config, DenseKernels.fastest(runtime, SCRIPT, constants, FUSED, SAMPLE, PRODUCTS));
  }

  /** Compiles the script with the methods that train, instead of those that draw tokens. */
  public static DecoderScript compileForTraining(TorchRuntime runtime, DecoderConfig config) {
    return of(
        config,
        DenseKernels.plain(
            runtime,
            SCRIPT,
            DecoderLayout.constants(config),
            FUSED,
            TRAINING,
            DenseKernels.products(runtime)));
  }

  private static DecoderScript of(DecoderConfig config, DenseKernels.Compiled compiled) {
    return new DecoderScript(
        compiled.module(), TorchRuntime.threadsFor(config.weights()), compiled.packed());
  }

  /** Whether matrices are laid out for oneDNN. */
  boolean packed() {
    return packed;
  }

  /** For calls. */
  public ScriptModule module() {
    return module;
  }

  /** How many threads its operators use. */
  public int threads() {
    return threads;
  }

  /**
   * Reads all weights once.
   *
   * @throws IllegalStateException naming the first tensor with a NaN or an infinity in it
   */
  public void requireFinite(DecoderWeights weights, String origin) {
    try (Scope scope = Scope.open(weights.runtime())) {
      long[] bad =
          module.infer(scope, threads, "finite", weights.list()).singletonOrThrow().toLongArray();
      List<String> names = weights.names();
      for (int i = 0; i < bad.length; i++) {
        if (bad[i] != 0) {
          throw new IllegalStateException(
              origin + ": tensor " + names.get(i) + " holds a NaN or an infinity");
        }
      }
    }
  }

  @Override
  public void close() {
    module.close();
  }
}
