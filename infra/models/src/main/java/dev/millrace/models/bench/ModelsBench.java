package dev.millrace.models.bench;

import ai.djl.pytorch.engine.PtNDArray;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.encoder.Encoder;
import dev.millrace.models.encoder.EncoderConfig;
import dev.millrace.models.encoder.EncoderInput;
import dev.millrace.models.generate.GenerationEngine;
import dev.millrace.models.generate.GenerationRequest;
import dev.millrace.models.generate.GenerationSettings;
import dev.millrace.models.generate.SamplingParams;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.ScriptModule;
import dev.millrace.models.script.TensorList;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.models.train.AdamW;
import dev.millrace.models.train.PolicyTrainer;
import dev.millrace.models.train.ScoredTokens;
import dev.millrace.models.train.TokenBatch;
import dev.millrace.models.train.TrainSettings;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Speed of decoding, prefill, training and embedding on random models, beside the floor of the
 * machine: a table, and as the last line one object of JSON with the same figures. Arguments: names
 * of shapes (small, medium, qwen0.5b), embed, packing, soak; none = small, medium and embed. The
 * large shape is trained only when {@code train} stands among them: it takes 16 GB.
 *
 * <p>All figures are milliseconds: medians of runs that are interleaved, wall beside CPU time.
 */
public final class ModelsBench {

  private static final int[] BATCHES = {1, 16, 64};

  private final PrintStream out;
  private final TorchRuntime runtime;
  private final ObjectNode json = new ObjectMapper().createObjectNode();
  private boolean trainLarge;

  private ModelsBench(PrintStream out) {
    this.out = out;
    this.runtime = TorchRuntime.cpu(out::println);
  }

  /** Runs from the command line. */
  public static void main(String[] args) {
    new ModelsBench(System.out).run(List.of(args));
  }

  private void run(List<String> args) {
    List<String> what = new ArrayList<>(args);
    for (String arg : args) {
      if (arg.startsWith("threads=")) {
        System.setProperty("millrace.torch.threads", arg.substring("threads=".length()));
        what.remove(arg);
      }
    }
    trainLarge = what.remove("train");
    if (what.isEmpty()) {
      what = List.of("small", "medium", "embed", "call");
    }
    json.put("unit", "ms").put("libtorch", runtime.version());
    out.printf(
        "%-10s %-14s %10s %10s %10s %8s%n",
        "model", "what", "wall ms", "cpu ms", "floor ms", "x floor");
    Map<String, DecoderConfig> shapes = BenchShapes.all();
    for (String name : what) {
      if (shapes.containsKey(name)) {
        decoder(name, shapes.get(name));
      } else if (name.equals("embed")) {
        embedding();
      } else if (name.equals("call")) {
        call();
      } else if (name.equals("packing")) {
        var bench = new PackingBench(out, runtime);
        for (String shape : List.of("small", "medium")) {
          bench.run(shape, shapes.get(shape), json.putObject("packing_" + shape));
        }
      } else if (name.equals("soak")) {
        new Soak(out, runtime).run(json.putObject("soak"));
      } else {
        throw new IllegalArgumentException(
            "nothing called '"
                + name
                + "' to measure: choose of "
                + shapes.keySet()
                + ", embed, call, packing, soak");
      }
    }
    out.println(json);
  }

  private void decoder(String name, DecoderConfig config) {
    long weights = config.weights();
    int threads = TorchRuntime.threadsFor(weights);
    long read = 4 * (weights - (config.tied() ? 0 : (long) config.vocab() * config.hidden()));
    Machine machine = Machine.measure(runtime, read, threads);
    ObjectNode figures = json.putObject(name);
    figures.put("weights", weights).put("threads", threads);
    figures.put("readGBs", machine.bytesPerMs() / 1e6);
    figures.put("gflops", machine.flopsPerMs() / 1e6);
    double flopsPerToken = 2.0 * read / 4;
    int rounds = weights < 20_000_000 ? 15 : 3;
    int tokens = weights < 20_000_000 ? 64 : 16;
    try (DecoderWeights random = DecoderWeights.random(runtime, config, Initialisation.FLAT, 1)) {
      Map<Integer, Clock> decode = new LinkedHashMap<>();
      Map<Integer, GenerationEngine> engines = new LinkedHashMap<>();
      Clock prefill = new Clock(rounds);
      for (int batch : BATCHES) {
        decode.put(batch, new Clock(rounds));
        engines.put(
            batch,
            new GenerationEngine(random, 1, GenerationSettings.of(batch, 160 + tokens), null));
        generate(engines.get(batch), batch, 1, 1 + tokens);
      }
      // Whoever serves has several slots; one alone keeps its weights for one sequence.
      GenerationEngine several = engines.get(16);
      Clock oneOfSeveral = new Clock(rounds);
      generate(several, 1, 128, 1 + tokens);
      for (int round = 0; round < rounds; round++) {
        for (int batch : BATCHES) {
          GenerationEngine engine = engines.get(batch);
          engine.submit(request(batch, 1, 1 + tokens), Quiet.LISTENER);
          engine.step(); // the prompt is not what is measured
          decode.get(batch).time(tokens, () -> drain(engine));
        }
        several.submit(request(1, 1, 1 + tokens), Quiet.LISTENER);
        several.step();
        oneOfSeveral.time(tokens, () -> drain(several));
        prefill.time(1, () -> generate(several, 1, 128, 1));
      }
      report(name, "decode1of16", oneOfSeveral, read / machine.bytesPerMs(), figures);
      for (int batch : BATCHES) {
        double floor =
            Math.max(read / machine.bytesPerMs(), batch * flopsPerToken / machine.flopsPerMs());
        report(name, "decode" + batch, decode.get(batch), floor, figures);
        operators(name, "decode" + batch, engines.get(batch), batch, figures);
        engines.get(batch).close();
      }
      report(name, "prefill128", prefill, 128 * flopsPerToken / machine.flopsPerMs(), figures);
      if (weights < 200_000_000 || trainLarge) {
        train(name, config, random, machine, figures);
      }
    }
  }

  private void operators(
      String name, String what, GenerationEngine engine, int batch, ObjectNode figures) {
    int tokens = 16;
    engine.submit(request(batch, 1, 1 + tokens), Quiet.LISTENER);
    engine.step();
    OperatorShare share = OperatorShare.of(() -> drain(engine));
    out.printf(
        Locale.ROOT,
        "%-10s %-14s %10d operators a token, at most %.0f %% of its time outside of them%n",
        name,
        what,
        share.operators() / tokens,
        100 * share.outside());
    ((ObjectNode) figures.get(what))
        .put("operators", share.operators() / tokens)
        .put("outside", share.outside());
  }

  private void train(
      String name,
      DecoderConfig config,
      DecoderWeights weights,
      Machine machine,
      ObjectNode figures) {
    int rounds = weights.config().weights() < 20_000_000 ? 7 : 2;
    var random = new SplittableRandom(1);
    List<ScoredTokens> sequences = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      sequences.add(ScoredTokens.all(random.ints(129, 0, config.vocab()).toArray()));
    }
    TokenBatch batch = TokenBatch.of(sequences);
    Clock clock = new Clock(rounds);
    try (PolicyTrainer trainer = PolicyTrainer.full(weights, TrainSettings.of(config.vocab()));
        AdamW optimizer = new AdamW(trainer.parameters(), AdamW.Settings.defaults())) {
      for (int round = -1; round < rounds; round++) {
        Runnable step =
            () -> {
              trainer.parameters().zeroGradients();
              trainer.accumulate(batch, s -> s.logProbs().mean().neg());
              trainer.parameters().clipGradients(1);
              optimizer.step(1e-4);
            };
        if (round < 0) {
          step.run();
        } else {
          clock.time(1, step);
        }
      }
    }
    long matrix = config.weights() - (config.tied() ? 0 : (long) config.vocab() * config.hidden());
    report(name, "train16x128", clock, 6.0 * matrix * 16 * 128 / machine.flopsPerMs(), figures);
  }

  private void embedding() {
    EncoderConfig config =
        new EncoderConfig(
            EncoderConfig.Family.BERT, 30522, 384, 6, 12, 1536, 512, 2, 1e-12, "gelu", 0, 0);
    ObjectNode figures = json.putObject("embed");
    var random = new SplittableRandom(2);
    List<EncoderInput> chunks = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      chunks.add(EncoderInput.of(random.ints(128, 0, 30000).toArray()));
    }
    Clock together = new Clock(5);
    Clock alone = new Clock(5);
    try (Encoder encoder =
        Encoder.of(runtime, config, "random", Encoder.randomWeights(config, 1))) {
      encoder.embed(chunks.subList(0, 8), Encoder.Pooling.MEAN, true);
      for (int round = 0; round < 5; round++) {
        together.time(
            64,
            () -> {
              for (int i = 0; i < 64; i += 32) {
                encoder.embed(chunks.subList(i, i + 32), Encoder.Pooling.MEAN, true);
              }
            });
        alone.time(
            64, () -> chunks.forEach(c -> encoder.embed(List.of(c), Encoder.Pooling.MEAN, true)));
      }
    }
    report("minilm", "chunk, by 32", together, Double.NaN, figures);
    report("minilm", "chunk, alone", alone, Double.NaN, figures);
  }

  // What a call costs when the script does nothing: the part of a token that is not in operators,
  // but for
  // the interpreter's own steps between them.
  private void call() {
    String source =
        """
        class M(Module):
          __parameters__ = []
          __buffers__ = []
          training : bool
          def nothing(self: __torch__.M, n: int, e: int, ragged: bool, lean: bool, st: List[Tensor], io: List[Tensor], mask: Tensor, mode: int, topn: int, rot: Tensor, w: List[Tensor], p: List[Tensor], c: List[Tensor]) -> Tensor:
            return mask
        """;
    Clock clock = new Clock(9);
    try (ScriptModule module = ScriptModule.compile(runtime, source);
        Scope scope = Scope.open(runtime);
        TensorList list = TensorList.of(List.of(scope.floats(new float[1])))) {
      PtNDArray tensor = scope.floats(new float[1]);
      for (int round = 0; round < 9; round++) {
        clock.time(
            1000,
            () -> {
              for (int i = 0; i < 1000; i++) {
                try (Scope step = scope.child()) {
                  module.infer(
                      step, 1, "nothing", 1, 1, false, true, list, list, tensor, 1, 0, tensor, list,
                      list, list);
                }
              }
            });
      }
    }
    report("any", "empty call", clock, Double.NaN, json.putObject("call"));
  }

  private void report(String model, String what, Clock clock, double floor, ObjectNode figures) {
    out.printf(
        Locale.ROOT,
        "%-10s %-14s %10.3f %10.3f %10.3f %8.2f%n",
        model,
        what,
        clock.wallMs(),
        clock.cpuMs(),
        floor,
        clock.wallMs() / floor);
    ObjectNode figure = figures.putObject(what);
    figure.put("wall", clock.wallMs()).put("cpu", clock.cpuMs());
    if (!Double.isNaN(floor)) {
      figure.put("floor", floor);
    }
  }

  private static GenerationRequest request(int copies, int promptTokens, int tokens) {
    int[] prompt = new SplittableRandom(3).ints(promptTokens, 0, 512).toArray();
    return GenerationRequest.of("b", prompt, copies, SamplingParams.sampled(5, tokens));
  }

  private static void generate(GenerationEngine engine, int copies, int prompt, int tokens) {
    engine.submit(request(copies, prompt, tokens), Quiet.LISTENER);
    drain(engine);
  }

  static void drain(GenerationEngine engine) {
    while (engine.step()) {
      // until all sequences have ended
    }
  }
}
