package dev.millrace.models.train;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.checkpoint.CheckpointException;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.decoder.NativeTensors;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.TensorList;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * AdamW with decoupled weight decay (Loshchilov and Hutter 2019), one fused native call a step. Its
 * state can be saved and loaded; training goes on from there bit by bit as if it had not stopped.
 */
public final class AdamW implements AutoCloseable {

  /**
   * @param decayAll whether norms and biases decay, too; usually only matrices do
   */
  public record Settings(
      double beta1, double beta2, double eps, double weightDecay, boolean decayAll) {

    public Settings {
      if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1 && eps > 0 && weightDecay >= 0)) {
        throw new IllegalArgumentException(
            "AdamW needs betas in [0, 1), eps > 0 and weight decay >= 0, not beta1 %s, beta2 %s, eps %s, weight decay %s"
                .formatted(beta1, beta2, eps, weightDecay));
      }
    }

    /** Betas .9 and .99, as reinforcement learning likes them, eps 1e-8, weight decay .01. */
    public static Settings defaults() {
      return new Settings(0.9, 0.99, 1e-8, 0.01, false);
    }
  }

  private static final String FIRST = "adamw.m.";
  private static final String SECOND = "adamw.v.";
  private static final String STEP = "adamw.step";

  private final Parameters parameters;
  private final Settings settings;
  private final Scope scope;
  private final Map<String, PtNDArray> first = new LinkedHashMap<>();
  private final Map<String, PtNDArray> second = new LinkedHashMap<>();
  private final Map<String, PtNDArray> counters = new LinkedHashMap<>();
  private final Map<Boolean, List<Lists>> lists = new HashMap<>();
  private long steps;

  /** An optimizer in its first state; it closes before the parameters do. */
  public AdamW(Parameters parameters, Settings settings) {
    this.parameters = parameters;
    this.settings = settings;
    this.scope = parameters.scope().child();
    for (String name : parameters.names()) {
      long[] shape = parameters.tensor(name).getShape().getShape();
      first.put(name, scope.zeros(DataType.FLOAT32, shape));
      second.put(name, scope.zeros(DataType.FLOAT32, shape));
      counters.put(name, scope.zeros(DataType.FLOAT32));
    }
  }

  /** Steps taken so far. */
  public long steps() {
    return steps;
  }

  /**
   * Takes a step along the accumulated gradients, which stay as they are.
   *
   * @param rate the learning rate of this step
   */
  public void step(double rate) {
    step(rate, settings);
  }

  /**
   * Takes a step with other settings than those of the constructor.
   *
   * @param rate the learning rate of this step
   */
  public void step(double rate, Settings settings) {
    lists(settings.decayAll())
        .forEach(
            list ->
                parameters
                    .script()
                    .adamw(
                        list.weights,
                        list.gradients,
                        list.first,
                        list.second,
                        list.counters,
                        rate,
                        settings,
                        list.decays ? settings.weightDecay() : 0));
    steps++;
  }

  private List<Lists> lists(boolean decayAll) {
    return lists.computeIfAbsent(
        decayAll,
        all -> {
          List<String> decaying = new ArrayList<>();
          List<String> others = new ArrayList<>();
          for (String name : parameters.names()) {
            boolean decays = all || parameters.tensor(name).getShape().dimension() > 1;
            (decays ? decaying : others).add(name);
          }
          List<Lists> out = new ArrayList<>();
          for (List<String> names : List.of(decaying, others)) {
            if (!names.isEmpty()) {
              out.add(new Lists(names, names == decaying));
            }
          }
          return out;
        });
  }

  /** Tensors that a step changes in the same way, as lists of the script. */
  private final class Lists {

    final boolean decays;
    final TensorList weights;
    final TensorList gradients;
    final TensorList first;
    final TensorList second;
    final TensorList counters;

    Lists(List<String> names, boolean decays) {
      this.decays = decays;
      this.weights = TensorList.of(names.stream().map(parameters::tensor).toList());
      this.gradients = TensorList.of(names.stream().map(parameters::gradient).toList());
      this.first = TensorList.of(names.stream().map(AdamW.this.first::get).toList());
      this.second = TensorList.of(names.stream().map(AdamW.this.second::get).toList());
      this.counters = TensorList.of(names.stream().map(AdamW.this.counters::get).toList());
    }

    void close() {
      List.of(weights, gradients, first, second, counters).forEach(TensorList::close);
    }
  }

  /**
   * The state as checkpoint tensors, views of live memory: finish with them before the next step.
   */
  public List<Tensor> state() {
    List<Tensor> out = new ArrayList<>();
    first.forEach((name, tensor) -> out.add(NativeTensors.view(FIRST + name, tensor)));
    second.forEach((name, tensor) -> out.add(NativeTensors.view(SECOND + name, tensor)));
    out.add(Tensor.ofFloats(STEP, new long[] {2}, new float[] {steps >>> 20, steps & 0xFFFFF}));
    return out;
  }

  /**
   * Goes on from a saved state.
   *
   * @throws CheckpointException if a tensor is missing or has another shape
   */
  public void load(Map<String, ? extends Tensor> state) {
    first.forEach((name, tensor) -> load(tensor, FIRST + name, state));
    second.forEach((name, tensor) -> load(tensor, SECOND + name, state));
    float[] count = SavedTensors.require(STEP, new long[] {2}, state).toFloats();
    steps = ((long) count[0] << 20) + (long) count[1];
    try (Scope temporary = scope.child()) {
      PtNDArray value = temporary.floats(new float[] {steps});
      counters.values().forEach(counter -> value.reshape().copyTo(counter));
    }
  }

  /** Begins again as a new optimizer would. */
  public void reset() {
    try (TensorList state = TensorList.of(live())) {
      parameters.script().zero(state);
    }
    steps = 0;
  }

  Parameters parameters() {
    return parameters;
  }

  /** All tensors of the state, in order. */
  List<PtNDArray> live() {
    List<PtNDArray> out = new ArrayList<>(first.values());
    out.addAll(second.values());
    out.addAll(counters.values());
    return out;
  }

  /** For a state whose tensors have been put back. */
  void steps(long steps) {
    this.steps = steps;
  }

  private void load(PtNDArray into, String name, Map<String, ? extends Tensor> state) {
    try (Scope temporary = scope.child()) {
      Tensor saved = SavedTensors.require(name, into.getShape().getShape(), state);
      NativeTensors.copy(temporary, saved).copyTo(into);
    }
  }

  @Override
  public void close() {
    lists.values().forEach(made -> made.forEach(Lists::close));
    lists.clear();
    scope.close();
  }
}
