package dev.millrace.models.train;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.millrace.models.decoder.DecoderScript;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.RopeScaling;
import dev.millrace.models.decoder.RotaryTensors;
import dev.millrace.models.script.Precision;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.TensorList;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The trained part below a head: hidden states of a batch with a way back. The way back is written
 * out where all weights are trained on the CPU; otherwise libtorch records it.
 */
final class Backbone implements AutoCloseable {

  /** The list that stands for gradients of weights that are not trained: nothing is added to it. */
  private final PtNDArray untrained;

  private final DecoderWeights weights;
  private final Lora lora;
  private final TrainSettings settings;
  private final DecoderScript script;
  private final Scope scope;
  private RotaryTensors rotary;
  private int rotaryPositions;
  private final List<PtNDArray> all;
  private final boolean written;
  private TensorList list;
  private TensorList sums;
  private Parameters sumsOf;

  Backbone(DecoderWeights weights, Lora lora, TrainSettings settings) {
    if (lora != null && lora.settings().dropout() > 0 && settings.checkpointing()) {
      throw new IllegalArgumentException(
          "LoRA dropout and activation checkpointing do not go together: a layer computed twice"
              + " would drop different inputs");
    }
    this.weights = weights;
    this.lora = lora;
    this.settings = settings;
    this.written =
        lora == null
            && !settings.checkpointing()
            && !weights.runtime().device().isGpu()
            && settings.precision() != Precision.BFLOAT16;
    this.script = DecoderScript.compileForTraining(weights.runtime(), weights.config());
    this.scope = Scope.open(weights.runtime());
    this.untrained = scope.zeros(DataType.FLOAT32, 0);
    this.all = new ArrayList<>(weights.list());
    if (lora != null) {
      all.addAll(lora.pairs());
    }
  }

  // The table grows with the sequences that come: contexts of 131,072 positions would take 70 MB
  // that a
  // run with short answers never reads. Dynamic scaling wants the whole context from the start.
  private void prepareRotary(int width) {
    int limit = weights.config().maxPositions();
    if (width > limit) {
      throw new IllegalArgumentException(
          "a sequence of %d tokens exceeds the context of %d".formatted(width, limit));
    }
    if (width > rotaryPositions) {
      boolean dynamic = weights.config().rope() instanceof RopeScaling.Dynamic;
      rotaryPositions = dynamic ? limit : Math.min(limit, Math.max(256, 2 * width));
      RotaryTensors old = rotary;
      rotary = RotaryTensors.of(scope, weights.config(), rotaryPositions);
      if (old != null) {
        old.cos().close();
        old.sin().close();
      }
    }
  }

  /** Computes hidden states; with a graph, {@link Pass#backward} may follow. */
  Pass forward(Scope scope, TokenBatch tokens, boolean withLora, boolean graph) {
    PackedBatch batch = PackedBatch.of(scope, tokens, weights.config().vocab());
    prepareRotary(batch.packing().width());
    return written
        ? new WrittenPass(this, scope, batch, graph)
        : new RecordedPass(this, scope, batch, withLora, graph);
  }

  /** The tensors that are trained: the adapter where there is one, otherwise all weights. */
  Map<String, PtNDArray> trained() {
    Map<String, PtNDArray> out = new LinkedHashMap<>();
    if (lora != null) {
      out.putAll(lora.tensors());
    } else {
      List<String> names = weights.names();
      names.forEach(name -> out.put(name, weights.get(name)));
    }
    return out;
  }

  /** A gradient for each tensor of {@link #all()}, in its order. */
  List<PtNDArray> accumulators(Parameters parameters) {
    List<PtNDArray> out = new ArrayList<>();
    List<String> names = new ArrayList<>(weights.names());
    if (lora != null) {
      names.addAll(lora.pairNames());
    }
    for (String name : names) {
      PtNDArray gradient = parameters.gradient(name);
      out.add(gradient == null ? untrained : gradient);
    }
    return out;
  }

  /** Weights in the order of the script, and the adapter's pairs. */
  List<PtNDArray> all() {
    return all;
  }

  /** {@link #all()} as one list of the script. */
  TensorList list() {
    if (list == null) {
      list = TensorList.of(all);
    }
    return list;
  }

  /** {@link #accumulators} as one list of the script. */
  TensorList sums(Parameters parameters) {
    if (sumsOf != parameters) {
      closeSums();
      sums = TensorList.of(accumulators(parameters));
      sumsOf = parameters;
    }
    return sums;
  }

  private void closeSums() {
    if (sums != null) {
      sums.close();
    }
  }

  Lora lora() {
    return lora;
  }

  RotaryTensors rotary() {
    return rotary;
  }

  DecoderScript script() {
    return script;
  }

  DecoderWeights weights() {
    return weights;
  }

  TrainSettings settings() {
    return settings;
  }

  /** Runs Java code whose NDArray operations are recorded for a gradient. */
  static <T> T recorded(Supplier<T> code) {
    boolean before = JniUtils.isGradMode();
    JniUtils.setGradMode(true);
    try {
      return code.get();
    } finally {
      JniUtils.setGradMode(before);
    }
  }

  static PtNDArray tensor(NDList list) {
    return (PtNDArray) list.singletonOrThrow();
  }

  @Override
  public void close() {
    closeSums();
    if (list != null) {
      list.close();
    }
    scope.close();
    script.close();
  }
}
