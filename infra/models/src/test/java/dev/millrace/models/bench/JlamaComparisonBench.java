package dev.millrace.models.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Initialisation;
import dev.millrace.models.generate.GenerationEngine;
import dev.millrace.models.generate.GenerationRequest;
import dev.millrace.models.generate.GenerationSettings;
import dev.millrace.models.generate.SamplingParams;
import dev.millrace.models.oracle.Jlama;
import dev.millrace.models.script.TorchRuntime;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Decoding at batch 1 and the prefill of 128 tokens, ours beside Jlama's on the same random
 * checkpoint, in rounds that take turns: a table of medians in milliseconds (a token; a prompt) and
 * as the last line one object of JSON. Surefire does not pick this class up by its name; run it so:
 *
 * <pre>{@code
 * ./mvnw -q -B -pl infra/models -am test -Dtest=JlamaComparisonBench \
 *     -Dsurefire.failIfNoSpecifiedTests=false -Dbench.shapes=small,medium
 * }</pre>
 *
 * <p>Further shape: qwen0.5b (7 GB of memory, 2 GB of temporary disk; {@code java.io.tmpdir}). Also
 * {@code -Dbench.threads=N} (1 unless given; both sides use as many) and {@code -Dbench.rounds=N}.
 *
 * <p>Both sides are float32, greedy, and include the choice of the token; ours computes its
 * log-probability besides. Jlama runs its Panama operations: its native ones are wrong for a
 * feed-forward width of 704. Assertions, which surefire turns on, are off while it measures.
 */
class JlamaComparisonBench {

  private static final int PROMPT = 128;
  private static final int WARM_UP = 3;

  private final ObjectNode json = new ObjectMapper().createObjectNode();

  @TempDir private Path directory;

  @BeforeAll
  static void set_threads_and_turn_assertions_off() {
    ClassLoader.getSystemClassLoader().setDefaultAssertionStatus(false);
    int threads = Integer.getInteger("bench.threads", 1);
    System.setProperty("millrace.torch.threads", Integer.toString(threads));
    Jlama.useThreads(threads);
  }

  @Test
  void ours_beside_jlama() throws IOException {
    TorchRuntime runtime = TorchRuntime.cpu(System.out::println);
    json.put("unit", "ms").put("threads", Integer.getInteger("millrace.torch.threads"));
    json.put("libtorch", runtime.version()).put("jlama", "0.8.4, Panama");
    System.out.printf(
        "%-10s %-12s %10s %10s %10s %10s %12s%n",
        "model", "what", "wall ms", "cpu ms", "Jlama wall", "Jlama cpu", "Jlama / ours");
    Map<String, DecoderConfig> shapes = BenchShapes.all();
    for (String name : System.getProperty("bench.shapes", "small,medium").split(",")) {
      assertThat(shapes).as("shapes to choose of in bench.shapes").containsKey(name);
      compare(runtime, name, shapes.get(name));
    }
    System.out.println(json);
  }

  private void compare(TorchRuntime runtime, String name, DecoderConfig config) throws IOException {
    boolean small = config.weights() < 20_000_000;
    int rounds = Integer.getInteger("bench.rounds", small ? 15 : 5);
    int tokens = small ? 64 : 16;
    int[] prompt = new SplittableRandom(3).ints(PROMPT, 0, config.vocab()).toArray();
    int[] first = {prompt[0]};
    try (DecoderWeights weights = DecoderWeights.random(runtime, config, Initialisation.FLAT, 1)) {
      weights.save(directory.resolve(name));
      try (Jlama jlama = Jlama.load(directory.resolve(name));
          GenerationEngine engine =
              new GenerationEngine(weights, 1, GenerationSettings.of(1, PROMPT + tokens), null)) {
        assertThat(engine.run(List.of(request(prompt, 1))).getFirst().tokens())
            .as("the token after the prompt, ours and Jlama's")
            .containsExactly(prefill(jlama, prompt));
        Clock[] decode = {new Clock(rounds), new Clock(rounds)};
        Clock[] prefill = {new Clock(rounds), new Clock(rounds)};
        for (int round = -WARM_UP; round < rounds; round++) {
          boolean warm = round >= 0;
          engine.submit(request(first, 1 + tokens), Quiet.LISTENER);
          engine.step(); // the prompt is not what is measured
          time(warm, decode[0], tokens, () -> ModelsBench.drain(engine));
          try (Jlama.Sequence sequence = jlama.start(first)) {
            time(warm, decode[1], tokens, () -> next(sequence, tokens));
          }
          engine.submit(request(prompt, 1), Quiet.LISTENER);
          time(warm, prefill[0], 1, () -> ModelsBench.drain(engine));
          time(warm, prefill[1], 1, () -> prefill(jlama, prompt));
        }
        ObjectNode figures = json.putObject(name);
        figures.put("weights", config.weights()).put("rounds", rounds);
        report(name, "decode1", decode, figures);
        report(name, "prefill128", prefill, figures);
      }
    }
  }

  private static GenerationRequest request(int[] prompt, int tokens) {
    return GenerationRequest.of("b", prompt, 1, SamplingParams.greedy(tokens));
  }

  private static int prefill(Jlama jlama, int[] prompt) {
    try (Jlama.Sequence sequence = jlama.start(prompt)) {
      return sequence.token();
    }
  }

  private static void next(Jlama.Sequence sequence, int tokens) {
    for (int i = 0; i < tokens; i++) {
      sequence.next();
    }
  }

  private static void time(boolean warm, Clock clock, double units, Runnable code) {
    if (warm) {
      clock.time(units, code);
    } else {
      code.run();
    }
  }

  private static void report(String model, String what, Clock[] clocks, ObjectNode figures) {
    Clock ours = clocks[0];
    Clock theirs = clocks[1];
    double ratio = theirs.wallMs() / ours.wallMs();
    System.out.printf(
        Locale.ROOT,
        "%-10s %-12s %10.3f %10.3f %10.3f %10.3f %12.2f%n",
        model,
        what,
        ours.wallMs(),
        ours.cpuMs(),
        theirs.wallMs(),
        theirs.cpuMs(),
        ratio);
    ObjectNode figure = figures.putObject(what);
    figure.putObject("ours").put("wall", ours.wallMs()).put("cpu", ours.cpuMs());
    figure.putObject("jlama").put("wall", theirs.wallMs()).put("cpu", theirs.cpuMs());
  }
}
