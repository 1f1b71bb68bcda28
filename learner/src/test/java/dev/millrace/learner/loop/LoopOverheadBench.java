package dev.millrace.learner.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.devstack.ServerKind;
import dev.millrace.learner.engine.RunListener;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Where the time of a step of the demo's size goes: 140,992 weights, 64 groups of 8 samples. Run by
 * hand ({@code -Dtest=LoopOverheadBench}); the figures stand in docs/benchmarks.md.
 */
@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class LoopOverheadBench {

  private static final String DEMO =
      """
      start:
        random:
          alphabet: "0123456789+="
          config: {hidden_size: 64, num_hidden_layers: 3, num_attention_heads: 4,
                   num_key_value_heads: 2, intermediate_size: 176, max_position_embeddings: 16,
                   rope_theta: 100}
      promptsPerStep: 64
      groupSize: 8
      steps: 60
      algorithm:
        name: grpo
        batches: {rows: 96, microBatchTokens: 4096}
        optimizer: {learningRate: 0.0003}
      snapshotEvery: 20
      """;

  @TempDir Path folder;

  @Test
  void step_of_the_demo(Servers servers) throws Exception {
    try (var loop = new Installation(servers, folder, 4)) {
      loop.pushPrompts(400);
      loop.worker(new FakeWorker.Habits() {});
      List<Long> ends = new ArrayList<>();
      loop.finish(
          Runs.tiny("overhead", DEMO),
          new RunListener() {
            @Override
            public void made(TrainingStep entry, dev.millrace.learner.machine.RunState after) {
              ends.add(System.nanoTime());
            }
          });
      List<TrainingStep> ledger = loop.ledger("overhead");
      Map<String, Double> sums = new TreeMap<>();
      int counted = 0;
      for (TrainingStep entry : ledger) {
        if (entry.getKind() == StepKind.UPDATE && entry.getStep() > 20) {
          counted++;
          entry
              .getMetrics()
              .forEach(
                  (name, value) -> {
                    if (name.startsWith("seconds.")) {
                      sums.merge(name, value, Double::sum);
                    }
                  });
        }
      }
      double step = (ends.getLast() - ends.get(20)) / 1e9 / (ends.size() - 21);
      System.out.printf("step %.1f ms over %d steps%n", step * 1e3, counted);
      for (var sum : sums.entrySet()) {
        double seconds = sum.getValue() / counted;
        System.out.printf(
            "%-22s %6.1f ms %5.1f %%%n", sum.getKey(), seconds * 1e3, 100 * seconds / step);
      }
      assertThat(counted).isPositive();
    }
  }
}
