package dev.millrace.models.decoder;

import java.util.Collections;
import java.util.List;

/**
 * The shape of a decoder of the Llama, Mistral or Qwen family.
 *
 * @param architecture as in config.json, for example {@code Qwen2ForCausalLM}
 * @param vocab rows of the embedding
 * @param hidden width of the residual stream
 * @param layers number of blocks
 * @param heads query heads
 * @param kvHeads key and value heads; divides {@code heads}
 * @param headDim components of one head; even
 * @param ffn width of the gated feed-forward part
 * @param eps epsilon of RMSNorm
 * @param maxPositions the longest context
 * @param ropeTheta base of the rotary frequencies
 * @param rope their scaling
 * @param tied whether the head is the embedding
 * @param qkvBias whether query, key and value projections have a bias
 * @param outBias whether the output projection of attention has a bias
 * @param mlpBias whether the feed-forward projections have a bias
 * @param qkNorm whether queries and keys are normalised per head (Qwen3)
 * @param slidingWindow how many positions a windowed layer sees, itself included; 0 = no window
 * @param windowed which layers are windowed, one entry a layer
 * @param initStd standard deviation for random weights
 */
public record DecoderConfig(
    String architecture,
    int vocab,
    int hidden,
    int layers,
    int heads,
    int kvHeads,
    int headDim,
    int ffn,
    double eps,
    int maxPositions,
    double ropeTheta,
    RopeScaling rope,
    boolean tied,
    boolean qkvBias,
    boolean outBias,
    boolean mlpBias,
    boolean qkNorm,
    int slidingWindow,
    List<Boolean> windowed,
    double initStd) {

  /** The architectures that can be loaded. */
  public static final List<String> SUPPORTED =
      List.of("LlamaForCausalLM", "MistralForCausalLM", "Qwen2ForCausalLM", "Qwen3ForCausalLM");

  public DecoderConfig {
    if (!SUPPORTED.contains(architecture)) {
      throw new IllegalArgumentException(
          "unsupported decoder '%s': supported are %s"
              .formatted(architecture, String.join(", ", SUPPORTED)));
    }
    positive("vocab_size", vocab);
    positive("hidden_size", hidden);
    positive("num_hidden_layers", layers);
    positive("num_attention_heads", heads);
    positive("num_key_value_heads", kvHeads);
    positive("head_dim", headDim);
    positive("intermediate_size", ffn);
    positive("max_position_embeddings", maxPositions);
    if (heads % kvHeads != 0) {
      throw new IllegalArgumentException(
          "num_attention_heads %d is no multiple of num_key_value_heads %d"
              .formatted(heads, kvHeads));
    }
    if (headDim % 2 != 0) {
      throw new IllegalArgumentException("head_dim must be even, not " + headDim);
    }
    windowed = List.copyOf(windowed);
    if (windowed.size() != layers) {
      throw new IllegalArgumentException(
          "layer_types has %d entries for %d layers".formatted(windowed.size(), layers));
    }
  }

  private static void positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " must be at least 1, not " + value);
    }
  }

  /**
   * A small model for tasks and tests: Llama, untied head, no bias, RoPE base 10,000.
   *
   * @param heads query heads; must divide {@code hidden}
   */
  public static DecoderConfig llama(
      int vocab, int hidden, int layers, int heads, int kvHeads, int ffn, int maxPositions) {
    return new DecoderConfig(
        "LlamaForCausalLM",
        vocab,
        hidden,
        layers,
        heads,
        kvHeads,
        hidden / heads,
        ffn,
        1e-6,
        maxPositions,
        10_000,
        new RopeScaling.None(),
        false,
        false,
        false,
        false,
        false,
        0,
        Collections.nCopies(layers, false),
        0.02);
  }

  /** The same with another base of the rotary frequencies. */
  public DecoderConfig withRopeTheta(double ropeTheta) {
    return new DecoderConfig(
        architecture,
        vocab,
        hidden,
        layers,
        heads,
        kvHeads,
        headDim,
        ffn,
        eps,
        maxPositions,
        ropeTheta,
        rope,
        tied,
        qkvBias,
        outBias,
        mlpBias,
        qkNorm,
        slidingWindow,
        windowed,
        initStd);
  }

  /** Number of weights. */
  public long weights() {
    return DecoderLayout.of(this).shapes().values().stream()
        .mapToLong(
            shape -> {
              long n = 1;
              for (long d : shape) {
                n *= d;
              }
              return n;
            })
        .sum();
  }

  /** Bytes of keys and values for one position of one sequence. */
  public long kvBytesPerToken(int bytesPerNumber) {
    return 2L * layers * kvHeads * headDim * bytesPerNumber;
  }

  /** Whether any layer sees a window only. */
  boolean anyWindow() {
    return slidingWindow > 0 && windowed.contains(true);
  }
}
