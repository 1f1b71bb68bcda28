package dev.millrace.models.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.models.script.Scope;
import dev.millrace.models.script.TorchRuntime;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The script against the plain-Java oracle, for every family. */
class DecoderAgreementTest {

  private static final TorchRuntime CPU = TorchRuntime.cpu();

  static Stream<Arguments> families() {
    return Families.all().entrySet().stream().map(e -> Arguments.of(e.getKey(), e.getValue()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("families")
  void logits_agree_with_an_implementation_that_shares_no_code(String name, DecoderConfig config) {
    try (DecoderWeights weights = shaken(config);
        Decoder decoder = Decoder.of(weights);
        Scope scope = Scope.open(CPU)) {
      int[] tokens = Families.tokens(23, config.vocab(), 5);
      double[][] expected =
          new ReferenceDecoder(config, weights.tensors())
              .logits(tokens, RopeTable.of(config, config.maxPositions()));

      float[] actual = decoder.logits(scope, List.of(tokens)).toFloatArray();

      assertClose(actual, expected, 2e-5);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("families")
  void sequences_of_different_lengths_do_not_touch_one_another(String name, DecoderConfig config) {
    try (DecoderWeights weights = shaken(config);
        Decoder decoder = Decoder.of(weights);
        Scope scope = Scope.open(CPU)) {
      int[] a = Families.tokens(9, config.vocab(), 1);
      int[] b = Families.tokens(21, config.vocab(), 2);
      int[] c = Families.tokens(1, config.vocab(), 3);

      float[] together = decoder.logits(scope, List.of(a, b, c)).toFloatArray();

      int at = 0;
      for (int[] alone : List.of(a, b, c)) {
        float[] expected = decoder.logits(scope, List.of(alone)).toFloatArray();
        for (int i = 0; i < expected.length; i++, at++) {
          assertThat(together[at]).isCloseTo(expected[i], within(2e-5f));
        }
      }
    }
  }

  @Test
  void config_survives_writing_and_reading() {
    Map<String, DecoderConfig> all = Families.all();
    all.forEach(
        (name, config) ->
            assertThat(DecoderConfigJson.parse(DecoderConfigJson.write(config)))
                .as(name)
                .isEqualTo(config));
  }

  // Norm gains of 1 and biases of 0 would hide a mistake: give them values as well.
  static DecoderWeights shaken(DecoderConfig config) {
    DecoderWeights weights = DecoderWeights.random(CPU, config, Initialisation.FLAT, 11);
    try (Scope scope = Scope.open(CPU)) {
      weights
          .list()
          .forEach(
              tensor -> {
                float[] noise = new float[(int) tensor.getShape().size()];
                for (int i = 0; i < noise.length; i++) {
                  noise[i] = 0.1f * (float) Math.sin(i * 1.7 + noise.length);
                }
                tensor.addi(scope.floats(noise, tensor.getShape().getShape()));
              });
    }
    return weights;
  }

  private static void assertClose(float[] actual, double[][] expected, double tolerance) {
    int at = 0;
    for (double[] row : expected) {
      for (double value : row) {
        assertThat((double) actual[at++])
            .isCloseTo(value, within(tolerance * (1 + Math.abs(value))));
      }
    }
    assertThat(at).isEqualTo(actual.length);
  }
}
