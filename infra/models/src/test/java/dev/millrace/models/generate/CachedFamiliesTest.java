package dev.millrace.models.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.models.decoder.Decoder;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Families;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.TorchRuntime;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Both ways of decoding with a cache, one sequence and several, for every family. */
class CachedFamiliesTest {

  private static final TorchRuntime CPU = TorchRuntime.cpu();

  static Stream<Arguments> families() {
    // The last one's head stands in several stripes.
    return Stream.concat(
        Families.all().entrySet().stream().map(e -> Arguments.of(e.getKey(), e.getValue())),
        Stream.of(
            Arguments.of("wide vocabulary", DecoderConfig.llama(9_003, 32, 2, 4, 2, 48, 128))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("families")
  void cached_equals_uncached_alone_and_in_a_ragged_batch(String name, DecoderConfig config) {
    try (DecoderWeights weights = DecoderWeights.random(CPU, config, Initialisation.FLAT, 1);
        GenerationEngine alone =
            new GenerationEngine(weights, 1, GenerationSettings.of(1, 128), null);
        GenerationEngine batch =
            new GenerationEngine(weights, 1, GenerationSettings.of(3, 128), null);
        Decoder decoder = Decoder.of(weights);
        Scope scope = Scope.open(CPU)) {
      List<GenerationRequest> requests =
          IntStream.of(3, 9, 14)
              .mapToObj(
                  n ->
                      GenerationRequest.of(
                          "p" + n,
                          new SplittableRandom(n).ints(n, 0, config.vocab()).toArray(),
                          1,
                          SamplingParams.sampled(n, 15)))
              .toList();
      for (GenerationEngine engine : List.of(alone, batch)) {
        List<GeneratedSequence> answers = engine.run(requests);
        for (int i = 0; i < requests.size(); i++) {
          int[] prompt = requests.get(i).prompt();
          int[] answer = answers.get(i).tokens();
          int[] all = IntStream.concat(Arrays.stream(prompt), Arrays.stream(answer)).toArray();
          float[] logits = decoder.logits(scope, List.of(all)).toFloatArray();
          for (int t = 0; t < answer.length; t++) {
            int from = (prompt.length - 1 + t) * config.vocab();
            double sum = 0;
            for (int v = 0; v < config.vocab(); v++) {
              sum += Math.exp(logits[from + v]);
            }
            assertThat((double) answers.get(i).modelLogProbs()[t])
                .isCloseTo(logits[from + answer[t]] - Math.log(sum), within(1e-4));
          }
        }
      }
    }
  }
}
