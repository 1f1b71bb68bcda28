package dev.millrace.models.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.models.decoder.Decoder;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.decoder.RopeScaling;
import dev.millrace.models.generate.GenerationEngine;
import dev.millrace.models.generate.GenerationRequest;
import dev.millrace.models.generate.GenerationSettings;
import dev.millrace.models.generate.SamplingParams;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.TorchRuntime;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Jlama loads the random checkpoints that we write: same tokens, same logits. */
class JlamaAgreementTest {

  private static final TorchRuntime CPU = TorchRuntime.cpu();

  @ParameterizedTest
  @ValueSource(strings = {"LlamaForCausalLM", "Qwen2ForCausalLM", "MistralForCausalLM"})
  void greedy_tokens_are_equal_and_logits_close(String architecture, @TempDir Path directory)
      throws IOException {
    DecoderConfig config = config(architecture);
    int[] prompt = new SplittableRandom(3).ints(11, 0, config.vocab()).toArray();
    int n = 24;
    try (DecoderWeights weights = DecoderWeights.random(CPU, config, Initialisation.FLAT, 5);
        GenerationEngine engine =
            new GenerationEngine(weights, 1, GenerationSettings.of(1, 64), null);
        Decoder decoder = Decoder.of(weights);
        Scope scope = Scope.open(CPU)) {
      weights.save(directory);
      int[] theirs = new int[n];
      float[][] expected;
      try (Jlama jlama = Jlama.load(directory)) {
        expected = jlama.greedy(prompt, n, theirs);
      }

      int[] ours =
          engine
              .run(List.of(GenerationRequest.of("a", prompt, 1, SamplingParams.greedy(n))))
              .getFirst()
              .tokens();

      assertThat(ours).isEqualTo(theirs);
      int[] all = IntStream.concat(Arrays.stream(prompt), Arrays.stream(ours)).toArray();
      float[] logits = decoder.logits(scope, List.of(all)).toFloatArray();
      for (int i = 0; i < n; i++) {
        double scale = 0;
        for (float value : expected[i]) {
          scale = Math.max(scale, Math.abs(value));
        }
        for (int v = 0; v < config.vocab(); v++) {
          double actual = logits[(prompt.length - 1 + i) * config.vocab() + v];
          assertThat(actual).isCloseTo(expected[i][v], within(1e-3 * scale));
        }
      }
    }
  }

  private static DecoderConfig config(String architecture) {
    return new DecoderConfig(
        architecture,
        96,
        64,
        3,
        4,
        2,
        16,
        160,
        1e-6,
        256,
        10_000,
        new RopeScaling.None(),
        false,
        architecture.startsWith("Qwen2"),
        false,
        false,
        false,
        0,
        Collections.nCopies(3, false),
        0.15);
  }
}
