package dev.millrace.models.train;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.script.Scope;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A decoder that learns: log-probabilities and entropies of given tokens, and the gradient of any
 * loss made of them in Java. The logits of a batch never stand as a whole (see {@link
 * TrainSettings#headRows}).
 *
 * <p>One step is: {@link #accumulate} for every micro-batch, {@link Parameters#clipGradients},
 * {@link AdamW#step}, {@link Parameters#zeroGradients}. Confined to one thread.
 */
public final class PolicyTrainer implements AutoCloseable {

  private final Backbone backbone;
  private final PolicyHead head;
  private final StateValues values;
  private final OptimizerScript optimizerScript;
  private final Parameters parameters;

  private PolicyTrainer(
      DecoderWeights weights, Lora lora, ValueHead valueHead, TrainSettings settings) {
    this.backbone = new Backbone(weights, lora, settings);
    this.head = new PolicyHead(backbone);
    this.values = valueHead == null ? null : new StateValues(backbone, valueHead);
    this.optimizerScript = new OptimizerScript(weights.runtime(), backbone.script().threads());
    Map<String, PtNDArray> trained = new LinkedHashMap<>(backbone.trained());
    if (valueHead != null) {
      trained.putAll(valueHead.tensors());
    }
    this.parameters = new Parameters(Scope.open(weights.runtime()), optimizerScript, trained);
  }

  private PolicyTrainer(DecoderWeights weights, TrainSettings settings) {
    this.backbone = new Backbone(weights, null, settings);
    this.head = new PolicyHead(backbone);
    this.values = null;
    this.optimizerScript = new OptimizerScript(weights.runtime(), backbone.script().threads());
    this.parameters = new Parameters(Scope.open(weights.runtime()), optimizerScript, Map.of());
  }

  /** Trains all weights, in place. */
  public static PolicyTrainer full(DecoderWeights weights, TrainSettings settings) {
    return new PolicyTrainer(weights, null, null, settings);
  }

  /** Trains all weights and a value head that shares the states of the policy, in place. */
  public static PolicyTrainer withValues(
      DecoderWeights weights, ValueHead head, TrainSettings settings) {
    return new PolicyTrainer(weights, null, head, settings);
  }

  /** Trains nothing: scores of a reference, without memory for gradients. */
  public static PolicyTrainer frozen(DecoderWeights weights, TrainSettings settings) {
    return new PolicyTrainer(weights, settings);
  }

  /** Trains an adapter; the weights below it stay as they are and serve as reference. */
  public static PolicyTrainer lora(DecoderWeights weights, Lora lora, TrainSettings settings) {
    return new PolicyTrainer(weights, lora, null, settings);
  }

  /** The same with a value head that shares the states of the adapted policy. */
  public static PolicyTrainer loraWithValues(
      DecoderWeights weights, Lora lora, ValueHead head, TrainSettings settings) {
    return new PolicyTrainer(weights, lora, head, settings);
  }

  /**
   * From here on, what an adapter's dropout leaves out follows from this. The generator is that of
   * libtorch, which is one for the process.
   */
  public void seedDropout(long seed) {
    JniUtils.setSeed(seed);
  }

  /** What is trained. */
  public Parameters parameters() {
    return parameters;
  }

  /** Scores without a gradient. */
  public Scores score(TokenBatch batch) {
    return score(batch, true);
  }

  /** Scores of the model below the adapter: the reference policy of a LoRA run. */
  public Scores scoreWithoutAdapter(TokenBatch batch) {
    return score(batch, false);
  }

  private Scores score(TokenBatch batch, boolean adapter) {
    try (Scope scope = Scope.open(backbone.weights().runtime());
        Pass pass = backbone.forward(scope, batch, adapter, false)) {
      NDList scores = head.score(scope, pass, backbone.settings().temperature());
      return new Scores(floats(scores, 0), floats(scores, 1));
    }
  }

  private static float[] floats(NDList list, int index) {
    PtNDArray array = (PtNDArray) list.get(index);
    return array.toType(DataType.FLOAT32, false).toFloatArray();
  }

  /**
   * Adds the gradient of a loss over one micro-batch to those that have accumulated.
   *
   * @return the value of the loss
   * @throws NotFiniteException if it is not finite; the gradients are then as they were before
   */
  public double accumulate(TokenBatch batch, LossFunction<TokenScores> function) {
    return accumulate(batch, backbone.settings().temperature(), function);
  }

  /** The same with logits divided by another temperature than that of the settings. */
  public double accumulate(
      TokenBatch batch, double temperature, LossFunction<TokenScores> function) {
    try (Scope scope = Scope.open(backbone.weights().runtime());
        Pass pass = backbone.forward(scope, batch, true, true)) {
      LossGradient loss = loss(scope, pass, temperature, function);
      PtNDArray gradient = head.backward(scope, pass, loss, temperature, parameters);
      pass.backward(scope, gradient, parameters);
      return loss.loss();
    }
  }

  /** Losses of a policy and of the value head that shares its states. */
  public record Losses(double policy, double value) {}

  /**
   * Adds the gradient of the sum of two losses over one micro-batch to those that have accumulated.
   *
   * @throws NotFiniteException if one is not finite; the gradients are then as they were before
   */
  public Losses accumulate(
      TokenBatch batch, LossFunction<TokenScores> policy, LossFunction<TokenValues> value) {
    double temperature = backbone.settings().temperature();
    try (Scope scope = Scope.open(backbone.weights().runtime());
        Pass pass = backbone.forward(scope, batch, true, true)) {
      LossGradient policyLoss = loss(scope, pass, temperature, policy);
      LossGradient valueLoss = requireValues().loss(scope, values.of(scope, pass), value);
      PtNDArray gradient = head.backward(scope, pass, policyLoss, temperature, parameters);
      PtNDArray more = values.backward(scope, pass, valueLoss, parameters);
      pass.backward(scope, (PtNDArray) gradient.add(more), parameters);
      return new Losses(policyLoss.loss(), valueLoss.loss());
    }
  }

  /** The value before each scored token, without a gradient. */
  public float[] values(TokenBatch batch) {
    StateValues head = requireValues();
    try (Scope scope = Scope.open(backbone.weights().runtime());
        Pass pass = backbone.forward(scope, batch, true, false)) {
      PtNDArray array = head.of(scope, pass);
      return array.toType(DataType.FLOAT32, false).toFloatArray();
    }
  }

  private StateValues requireValues() {
    if (values == null) {
      throw new IllegalStateException("this policy has no value head: make it withValues");
    }
    return values;
  }

  private LossGradient loss(
      Scope scope, Pass pass, double temperature, LossFunction<TokenScores> function) {
    NDList scores = head.score(scope, pass, temperature);
    PtNDArray logProbs = (PtNDArray) scores.get(0);
    PtNDArray entropy = (PtNDArray) scores.get(1);
    return LossGradient.of(
        scope,
        backbone.script(),
        function,
        new TokenScores(scope.manager(), logProbs, entropy),
        List.of(logProbs, entropy));
  }

  @Override
  public void close() {
    parameters.close();
    optimizerScript.close();
    backbone.close();
  }
}
