package dev.millrace.models.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.generate.GenerationEngine;
import dev.millrace.models.generate.GenerationRequest;
import dev.millrace.models.generate.GenerationSettings;
import dev.millrace.models.generate.SamplingParams;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.TensorList;
import dev.millrace.models.script.TorchRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two hundred rounds of generating, learning and exchanging weights; the benchmarks do 2,000. */
class SoakTest {

  private static final TorchRuntime CPU = TorchRuntime.cpu();

  @Test
  void native_memory_stays_flat() throws IOException {
    DecoderConfig config = DecoderConfig.llama(64, 64, 2, 4, 2, 176, 64);
    try (DecoderWeights weights = DecoderWeights.random(CPU, config, Initialisation.SCALED, 1);
        GenerationEngine engine =
            new GenerationEngine(weights, 0, GenerationSettings.of(8, 64), null);
        PolicyTrainer trainer = PolicyTrainer.full(weights, TrainSettings.of(64));
        AdamW optimizer = new AdamW(trainer.parameters(), AdamW.Settings.defaults())) {
      long scopes = 0;
      long lists = 0;
      long resident = 0;
      for (int step = 1; step <= 200; step++) {
        List<ScoredTokens> answers =
            engine
                .run(
                    List.of(
                        GenerationRequest.of(
                            "s",
                            new int[] {1, 2, 3},
                            8,
                            SamplingParams.sampled(step, 4 + step % 13))))
                .stream()
                .map(a -> ScoredTokens.of(new int[] {1, 2, 3}, a.tokens()))
                .toList();
        trainer.parameters().zeroGradients();
        trainer.accumulate(TokenBatch.of(answers), s -> s.logProbs().mean().mul(0.01f));
        trainer.parameters().clipGradients(1);
        optimizer.step(1e-4);
        engine.swap(weights, step);
        if (step == 60) {
          scopes = Scope.openScopes();
          lists = TensorList.open();
          resident = residentMegabytes();
        }
      }
      assertThat(Scope.openScopes()).isEqualTo(scopes);
      assertThat(TensorList.open()).isEqualTo(lists);
      // The heap may still grow a little; leaks of the past took gigabytes.
      assertThat(residentMegabytes()).isLessThan(resident + 150);
    }
  }

  private static long residentMegabytes() throws IOException {
    Path status = Path.of("/proc/self/status");
    assumeThat(status).exists();
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmRSS"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
        .findFirst()
        .orElseThrow();
  }
}
