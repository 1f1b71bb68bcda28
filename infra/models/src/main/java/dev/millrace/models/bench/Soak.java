package dev.millrace.models.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.generate.GeneratedSequence;
import dev.millrace.models.generate.GenerationEngine;
import dev.millrace.models.generate.GenerationRequest;
import dev.millrace.models.generate.GenerationSettings;
import dev.millrace.models.generate.SamplingParams;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.TensorList;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.models.train.AdamW;
import dev.millrace.models.train.PolicyTrainer;
import dev.millrace.models.train.ScoredTokens;
import dev.millrace.models.train.TokenBatch;
import dev.millrace.models.train.TrainSettings;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Generates, trains and swaps weights 2,000 times and watches memory. */
final class Soak {

  private static final int STEPS = 2000;

  private final PrintStream out;
  private final TorchRuntime runtime;

  Soak(PrintStream out, TorchRuntime runtime) {
    this.out = out;
    this.runtime = runtime;
  }

  void run(ObjectNode figures) {
    DecoderConfig config = DecoderConfig.llama(64, 64, 2, 4, 2, 176, 64);
    try (DecoderWeights weights = DecoderWeights.random(runtime, config, Initialisation.SCALED, 1);
        GenerationEngine engine =
            new GenerationEngine(weights, 0, GenerationSettings.of(16, 64), null);
        PolicyTrainer trainer = PolicyTrainer.full(weights, TrainSettings.of(64));
        AdamW optimizer = new AdamW(trainer.parameters(), AdamW.Settings.defaults())) {
      for (int step = 1; step <= STEPS; step++) {
        List<GeneratedSequence> answers =
            engine.run(
                List.of(
                    GenerationRequest.of(
                        "s",
                        new int[] {1, 2, 3},
                        16,
                        SamplingParams.sampled(step, 4 + step % 13))));
        trainer.parameters().zeroGradients();
        trainer.accumulate(
            TokenBatch.of(
                answers.stream()
                    .map(a -> ScoredTokens.of(new int[] {1, 2, 3}, a.tokens()))
                    .toList()),
            s -> s.logProbs().mean().mul(0.01f));
        trainer.parameters().clipGradients(1);
        optimizer.step(1e-4);
        engine.swap(weights, step);
        if (step == 200 || step % 500 == 0) {
          report(step, figures.putObject("step" + step));
        }
      }
    }
  }

  private void report(int step, ObjectNode figures) {
    long resident = residentMegabytes();
    out.printf(
        "soak step %d: resident %d MB, %d scopes, %d lists%n",
        step, resident, Scope.openScopes(), TensorList.open());
    figures.put("residentMB", resident);
    figures.put("scopes", Scope.openScopes()).put("lists", TensorList.open());
  }

  private static long residentMegabytes() {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return -1;
    }
    try {
      return Files.readAllLines(status).stream()
          .filter(line -> line.startsWith("VmRSS"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
          .findFirst()
          .orElse(-1);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + status, e);
    }
  }
}
