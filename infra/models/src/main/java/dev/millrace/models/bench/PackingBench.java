package dev.millrace.models.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.models.train.AdamW;
import dev.millrace.models.train.PolicyTrainer;
import dev.millrace.models.train.ScoredTokens;
import dev.millrace.models.train.TokenBatch;
import dev.millrace.models.train.TrainSettings;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * A training step on answers whose lengths differ by 10 times, laid out in several ways, beside the
 * floor: the operations that cannot be avoided at the rate of a large product. Prompts count once a
 * group in it, the head once a scored token, attention over what is seen and no more.
 */
final class PackingBench {

  private static final int GROUP = 8;
  private static final int PROMPT = 40;
  private static final int SHORTEST = 24;
  private static final int LONGEST = 240;
  private static final int BUDGET = 4096;

  private static final Comparator<ScoredTokens> BY_LENGTH =
      Comparator.comparingInt(ScoredTokens::length);

  private final PrintStream out;
  private final TorchRuntime runtime;

  PackingBench(PrintStream out, TorchRuntime runtime) {
    this.out = out;
    this.runtime = runtime;
  }

  void run(String name, DecoderConfig config, ObjectNode figures) {
    boolean small = config.weights() < 20_000_000;
    List<List<ScoredTokens>> groups = groups(small ? 8 : 2, config.vocab());
    Map<String, List<TokenBatch>> layouts = layouts(groups);
    int threads = TorchRuntime.threadsFor(config.weights());
    Machine machine = Machine.measure(runtime, 4 * config.weights(), threads);
    double floor = flops(config, groups) / machine.flopsPerMs();
    int rounds = small ? 7 : 3;
    Map<String, Clock> clocks = new LinkedHashMap<>();
    layouts.keySet().forEach(layout -> clocks.put(layout, new Clock(rounds)));
    try (DecoderWeights weights = DecoderWeights.random(runtime, config, Initialisation.FLAT, 1);
        PolicyTrainer trainer = PolicyTrainer.full(weights, TrainSettings.of(config.vocab()));
        AdamW optimizer = new AdamW(trainer.parameters(), AdamW.Settings.defaults())) {
      layouts.values().forEach(batches -> step(trainer, optimizer, batches));
      for (int round = 0; round < rounds; round++) {
        layouts.forEach(
            (layout, batches) ->
                clocks.get(layout).time(1, () -> step(trainer, optimizer, batches)));
      }
    }
    figures.put("floor", floor);
    clocks.forEach(
        (layout, clock) -> {
          out.printf(
              Locale.ROOT,
              "%-8s %-34s %10.1f %10.1f %10.1f %8.2f%n",
              name,
              layout,
              clock.wallMs(),
              clock.cpuMs(),
              floor,
              clock.wallMs() / floor);
          figures
              .putObject(layout.replaceAll("[^a-z]+", "_"))
              .put("wall", clock.wallMs())
              .put("cpu", clock.cpuMs())
              .put("microBatches", layouts.get(layout).size());
        });
  }

  private static void step(PolicyTrainer trainer, AdamW optimizer, List<TokenBatch> batches) {
    int scored = batches.stream().mapToInt(TokenBatch::scored).sum();
    trainer.parameters().zeroGradients();
    batches.forEach(
        batch -> trainer.accumulate(batch, scores -> scores.logProbs().sum().div(-scored)));
    trainer.parameters().clipGradients(1);
    optimizer.step(1e-5);
  }

  private static List<List<ScoredTokens>> groups(int prompts, int vocab) {
    var random = new Random(1);
    List<List<ScoredTokens>> groups = new ArrayList<>();
    for (int p = 0; p < prompts; p++) {
      int[] prompt = random.ints(PROMPT, 0, vocab).toArray();
      List<ScoredTokens> group = new ArrayList<>();
      for (int i = 0; i < GROUP; i++) {
        double length = SHORTEST * Math.pow((double) LONGEST / SHORTEST, random.nextDouble());
        group.add(ScoredTokens.of(prompt, random.ints((long) length, 0, vocab).toArray()));
      }
      groups.add(group);
    }
    return groups;
  }

  private static Map<String, List<TokenBatch>> layouts(List<List<ScoredTokens>> groups) {
    List<ScoredTokens> arrival = groups.stream().flatMap(List::stream).toList();
    List<ScoredTokens> shuffled = new ArrayList<>(arrival);
    Collections.shuffle(shuffled, new Random(2));
    List<ScoredTokens> byGroup =
        groups.stream()
            .map(group -> group.stream().sorted(BY_LENGTH).toList())
            .sorted(Comparator.comparingInt(group -> group.getLast().length()))
            .flatMap(List::stream)
            .toList();
    List<ScoredTokens> byRow = arrival.stream().sorted(BY_LENGTH).toList();
    Map<String, List<TokenBatch>> out = new LinkedHashMap<>();
    out.put("padded, any order", padded(shuffled));
    out.put("padded, rows by length", padded(byRow));
    out.put("packed, any order", TokenBatch.split(shuffled, BUDGET));
    out.put("packed, rows by length", TokenBatch.split(byRow, BUDGET));
    out.put("packed, groups by length", TokenBatch.split(byGroup, BUDGET));
    return out;
  }

  /** Rectangles of at most so many cells. */
  private static List<TokenBatch> padded(List<ScoredTokens> sequences) {
    List<TokenBatch> out = new ArrayList<>();
    List<ScoredTokens> current = new ArrayList<>();
    int width = 0;
    for (ScoredTokens sequence : sequences) {
      int wider = Math.max(width, sequence.length());
      if (!current.isEmpty() && wider * (current.size() + 1) > BUDGET) {
        out.add(new TokenBatch(current, TokenBatch.Layout.PADDED));
        current = new ArrayList<>();
        wider = sequence.length();
      }
      width = wider;
      current.add(sequence);
    }
    out.add(new TokenBatch(current, TokenBatch.Layout.PADDED));
    return out;
  }

  private static double flops(DecoderConfig config, List<List<ScoredTokens>> groups) {
    double head = (double) config.vocab() * config.hidden();
    double body = config.weights() - head * (config.tied() ? 1 : 2);
    double tokens = 0;
    double scored = 0;
    double seen = 0;
    for (List<ScoredTokens> group : groups) {
      tokens += PROMPT;
      for (ScoredTokens row : group) {
        tokens += row.count();
        scored += row.count();
        seen += (double) row.length() * row.length();
      }
    }
    double attention = (double) config.layers() * config.heads() * config.headDim() * seen;
    return 6 * (body * tokens + head * scored + attention);
  }
}
