package dev.millrace.models.train;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.millrace.models.decoder.DecoderScript;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.RopeScaling;
import dev.millrace.models.decoder.RotaryTensors;
import dev.millrace.models.script.Scope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The trained part below a head: hidden states of a batch with a way back. Either libtorch keeps
 * the graph, or only layer inputs are kept and every layer is computed twice.
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

  Backbone(DecoderWeights weights, Lora lora, TrainSettings settings) {
    if (lora != null && lora.settings().dropout() > 0 && settings.checkpointing()) {
      throw new IllegalArgumentException(
          "LoRA dropout and activation checkpointing do not go together: a layer computed twice"
              + " would drop different inputs");
    }
    this.weights = weights;
    this.lora = lora;
    this.settings = settings;
    this.script = DecoderScript.compile(weights.runtime(), weights.config());
    this.scope = Scope.open(weights.runtime());
    this.untrained = scope.zeros(DataType.FLOAT32, 0);
    this.all = new ArrayList<>(weights.list());
    if (lora != null) {
      all.addAll(lora.pairs());
    }
  }

  /** A batch on its way forward. */
  final class Pass {

    private final PackedBatch batch;
    private final PtNDArray hidden;
    private final List<PtNDArray> checkpoints;
    private final PtNDArray dims;
    private final PtNDArray hyper;

    private Pass(Scope scope, TokenBatch tokens, boolean withLora, boolean graph) {
      batch = PackedBatch.of(scope, tokens, weights.config().vocab());
      prepareRotary(batch.packing().width());
      boolean adapted = lora != null && withLora;
      dims =
          scope.longs(
              new long[] {
                batch.packing().rows(),
                batch.packing().width(),
                settings.precision().scalarType(),
                adapted ? weights.list().size() : 0
              });
      double dropout = adapted && graph ? lora.settings().dropout() : 0;
      hyper = scope.doubles(new double[] {adapted ? lora.scale() : 0, dropout});
      if (graph && settings.checkpointing()) {
        checkpoints = layers(scope);
        hidden =
            tensor(
                script
                    .module()
                    .plain(
                        scope,
                        script.threads(),
                        "checkpoint_top",
                        checkpoints.getLast(),
                        batch.rows(),
                        all));
      } else {
        checkpoints = List.of();
        hidden = top(scope, graph);
      }
    }

    private List<PtNDArray> layers(Scope scope) {
      NDList list =
          script
              .module()
              .plain(
                  scope,
                  script.threads(),
                  "checkpoints",
                  batch.packing().tokens(),
                  batch.packing().positions(),
                  batch.packing().pad(),
                  batch.packing().unpad(),
                  dims,
                  hyper,
                  rotary.cos(),
                  rotary.sin(),
                  all);
      return list.stream().map(PtNDArray.class::cast).toList();
    }

    private PtNDArray top(Scope scope, boolean graph) {
      Object[] args = {
        batch.packing().tokens(),
        batch.packing().positions(),
        batch.rows(),
        batch.packing().pad(),
        batch.packing().unpad(),
        dims,
        hyper,
        rotary.cos(),
        rotary.sin(),
        all
      };
      return tensor(
          graph
              ? script.module().differentiable(scope, script.threads(), "hidden", args)
              : script.module().plain(scope, script.threads(), "hidden", args));
    }

    /** Normalised hidden states [scored tokens, width] that predict the scored tokens. */
    PtNDArray hidden() {
      return hidden;
    }

    /** The scored tokens. */
    PtNDArray targets() {
      return batch.targets();
    }

    /** Adds the gradients of the weights to those that have accumulated. */
    void backward(Scope scope, PtNDArray gradient, Parameters parameters) {
      List<PtNDArray> into = accumulators(parameters);
      if (checkpoints.isEmpty()) {
        script
            .module()
            .differentiable(scope, script.threads(), "backward", hidden, gradient, all, into);
      } else {
        script
            .module()
            .differentiable(
                scope,
                script.threads(),
                "backward_checkpoints",
                checkpoints,
                gradient,
                batch.packing().tokens(),
                batch.packing().positions(),
                batch.rows(),
                batch.packing().pad(),
                batch.packing().unpad(),
                dims,
                hyper,
                rotary.cos(),
                rotary.sin(),
                all,
                into);
      }
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
  Pass forward(Scope scope, TokenBatch batch, boolean withLora, boolean graph) {
    return new Pass(scope, batch, withLora, graph);
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
    scope.close();
    script.close();
  }
}
