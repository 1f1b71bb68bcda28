package dev.millrace.models.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.script.TorchRuntime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EncoderTest {

  private static final TorchRuntime CPU = TorchRuntime.cpu();

  @ParameterizedTest
  @EnumSource(EncoderConfig.Family.class)
  void vectors_and_scores_agree_with_an_implementation_that_shares_no_code(
      EncoderConfig.Family family) throws Exception {
    EncoderConfig config = config(family, 3);
    assertThat(EncoderConfig.parse(new ObjectMapper().readTree(config.json().toString())))
        .isEqualTo(config);
    Map<String, Tensor> weights = Encoder.randomWeights(config, 4);
    ReferenceEncoder reference = new ReferenceEncoder(config, weights);
    List<EncoderInput> inputs = List.of(input(9, 1), input(4, 2), input(1, 3), input(17, 4));
    try (Encoder encoder = Encoder.of(CPU, config, "random", weights)) {
      float[][] mean = encoder.embed(inputs, Encoder.Pooling.MEAN, true);
      float[][] cls = encoder.embed(inputs, Encoder.Pooling.CLS, false);
      float[][] scores = encoder.classify(inputs);

      for (int i = 0; i < inputs.size(); i++) {
        double[][] h = reference.hidden(inputs.get(i).tokens(), types(config, inputs.get(i)));
        assertClose(cls[i], h[0]);
        assertClose(mean[i], unitMean(h));
        boolean bert = family == EncoderConfig.Family.BERT;
        double[] pooled = reference.linear(bert ? "bert.pooler.dense" : "classifier.dense", h[0]);
        Arrays.setAll(pooled, k -> Math.tanh(pooled[k]));
        assertClose(
            scores[i], reference.linear(bert ? "classifier" : "classifier.out_proj", pooled));
      }
    }
  }

  @Test
  void a_batch_gives_what_each_sequence_gives_alone() {
    EncoderConfig config = config(EncoderConfig.Family.BERT, 0);
    try (Encoder encoder = Encoder.of(CPU, config, "r", Encoder.randomWeights(config, 1))) {
      List<EncoderInput> inputs = List.of(input(20, 1), input(3, 2), input(11, 3));
      float[][] together = encoder.embed(inputs, Encoder.Pooling.MEAN, true);
      for (int i = 0; i < inputs.size(); i++) {
        float[] alone = encoder.embed(List.of(inputs.get(i)), Encoder.Pooling.MEAN, true)[0];
        for (int k = 0; k < alone.length; k++) {
          assertThat(together[i][k]).isCloseTo(alone[k], within(1e-5f));
        }
      }
    }
  }

  @Test
  void what_does_not_fit_is_refused_with_a_reason() {
    EncoderConfig config = config(EncoderConfig.Family.ROBERTA, 0);
    try (Encoder encoder = Encoder.of(CPU, config, "r", Encoder.randomWeights(config, 1))) {
      assertThatThrownBy(() -> encoder.classify(List.of(input(3, 1))))
          .hasMessageContaining("no classification head");
      assertThatThrownBy(() -> encoder.embed(List.of(input(31, 1)), Encoder.Pooling.CLS, true))
          .hasMessageContaining("31 tokens exceeds the 30 positions");
    }
    assertThatThrownBy(
            () ->
                EncoderConfig.parse(new ObjectMapper().createObjectNode().put("model_type", "t5")))
        .hasMessageContaining("unsupported encoder 't5': supported are bert, roberta");
    assertThatThrownBy(() -> Encoder.of(CPU, config, "here", Map.of()))
        .hasMessageContaining("embeddings.word_embeddings.weight");
  }

  static EncoderConfig config(EncoderConfig.Family family, int labels) {
    boolean bert = family == EncoderConfig.Family.BERT;
    return new EncoderConfig(
        family, 50, 24, 3, 3, 40, 32, bert ? 2 : 1, 1e-5, "gelu", bert ? 0 : 1, labels);
  }

  private static EncoderInput input(int n, long seed) {
    int[] types = new int[n];
    Arrays.fill(types, n / 2, n, 1);
    return new EncoderInput(new SplittableRandom(seed).ints(n, 0, 50).toArray(), types);
  }

  private static int[] types(EncoderConfig config, EncoderInput input) {
    return Arrays.stream(input.types()).map(t -> Math.min(t, config.types() - 1)).toArray();
  }

  static double[] unitMean(double[][] h) {
    double[] out = new double[h[0].length];
    for (double[] row : h) {
      for (int i = 0; i < out.length; i++) {
        out[i] += row[i];
      }
    }
    double norm = Math.sqrt(Arrays.stream(out).map(x -> x * x).sum());
    Arrays.setAll(out, i -> out[i] / norm);
    return out;
  }

  private static void assertClose(float[] actual, double[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i]).isCloseTo(expected[i], within(1e-4));
    }
  }
}
