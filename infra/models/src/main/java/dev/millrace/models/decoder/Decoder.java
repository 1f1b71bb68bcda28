package dev.millrace.models.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.script.DenseKernels;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.ScriptModule;
import dev.millrace.models.script.TensorList;
import java.util.ArrayList;
import java.util.List;

/**
 * A decoder for inference: the script, one set of fused weights, the rotary table. Immutable;
 * several threads may share it.
 */
public final class Decoder implements AutoCloseable {

  /** Models of fewer weights are kept in two layouts, for many sequences and for one. */
  private static final long BOTH_BELOW = 20_000_000;

  private final DecoderConfig config;
  private final DecoderScript script;
  private final Scope scope;
  private final TensorList fused;
  private final TensorList single;
  private final PtNDArray rotations;
  private final int context;
  private final boolean ownsScript;

  private Decoder(
      DecoderConfig config,
      DecoderScript script,
      boolean ownsScript,
      Scope scope,
      TensorList fused,
      TensorList single,
      int context) {
    this.config = config;
    this.script = script;
    this.ownsScript = ownsScript;
    this.scope = scope;
    this.fused = fused;
    this.single = single;
    this.context = context;
    this.rotations = rotations(config, script, scope, context);
  }

  /** Prepares weights for inference, in the number format of their runtime; they are copied. */
  public static Decoder of(DecoderWeights weights) {
    DecoderScript script = DecoderScript.compile(weights.runtime(), weights.config());
    return prepare(weights, script, true, weights.config().maxPositions());
  }

  /** The same with a script that is there already, for contexts of at most {@code context}. */
  public static Decoder of(DecoderWeights weights, DecoderScript script, int context) {
    return prepare(weights, script, false, context);
  }

  private static Decoder prepare(
      DecoderWeights weights, DecoderScript script, boolean ownsScript, int context) {
    Scope scope = Scope.open(weights.runtime());
    List<TensorList> made = new ArrayList<>();
    try {
      ScriptModule module = script.module();
      int threads = script.threads();
      int type = weights.runtime().precision().scalarType();
      made.add(module.inferList(threads, "fuse", weights.list(), type));
      TensorList single = made.getFirst();
      if (script.packed() && weights.config().weights() > BOTH_BELOW) {
        single = null;
      } else if (DenseKernels.stripes(weights.runtime())) {
        made.add(module.inferList(threads, "stripe", made.getFirst(), threads));
        single = made.getLast();
      }
      TensorList fused = single;
      if (script.packed()) {
        made.add(module.inferList(threads, "pack", made.getFirst()));
        fused = made.getLast();
      }
      Decoder decoder =
          new Decoder(weights.config(), script, ownsScript, scope, fused, single, context);
      made.remove(fused);
      made.remove(single);
      return decoder;
    } catch (RuntimeException e) {
      scope.close();
      throw e;
    } finally {
      made.forEach(TensorList::close); // those that the decoder did not take
    }
  }

  private static PtNDArray rotations(
      DecoderConfig config, DecoderScript script, Scope scope, int context) {
    RopeTable table = RopeTable.of(config, context);
    try (PtNDArray cos = scope.floats(table.cosFloats(), context, table.frequencies());
        PtNDArray sin = scope.floats(table.sinFloats(), context, table.frequencies())) {
      return (PtNDArray) script.module().infer(scope, 1, "rotations", cos, sin).singletonOrThrow();
    }
  }

  /** Shape of the model. */
  public DecoderConfig config() {
    return config;
  }

  /** The longest context that the rotary table covers. */
  public int context() {
    return context;
  }

  /** The compiled script. */
  public DecoderScript script() {
    return script;
  }

  /** The fused weights, for calls of the script. */
  public TensorList fused() {
    return fused;
  }

  /** The fused weights laid out for one sequence; null where there is no room for both layouts. */
  public TensorList single() {
    return single;
  }

  /** Complex rotations [context, headDim / 2], for calls of the script. */
  public PtNDArray rotations() {
    return rotations;
  }

  /**
   * Logits of whole sequences, computed together and without a cache.
   *
   * @param sequences token ids, none empty
   * @return float32 [sum of lengths, vocab], in the order of the sequences; owned by {@code out}
   */
  public NDArray logits(Scope out, List<int[]> sequences) {
    try (Scope scope = out.child()) {
      Packing packed = Packing.of(scope, sequences, config.vocab());
      requireContext(packed.width());
      return script
          .module()
          .infer(
              out,
              script.threads(),
              "logits",
              packed.tokens(),
              packed.positions(),
              Packing.indices(scope, new long[0]),
              packed.pad(),
              packed.unpad(),
              packed.rows(),
              packed.width(),
              rotations,
              fused)
          .singletonOrThrow();
    }
  }

  private void requireContext(int length) {
    if (length > context) {
      throw new IllegalArgumentException(
          "a sequence of %d tokens exceeds the context of %d".formatted(length, context));
    }
  }

  @Override
  public void close() {
    fused.close();
    if (single != null && single != fused) {
      single.close();
    }
    scope.close();
    if (ownsScript) {
      script.close();
    }
  }
}
