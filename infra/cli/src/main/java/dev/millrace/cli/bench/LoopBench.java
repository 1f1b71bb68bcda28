package dev.millrace.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.Map;

/**
 * The demo's learning through the whole loop: accuracies, seconds, where the time goes, how far
 * sampler and learner are apart; and after each run the same run in a single process.
 */
final class LoopBench implements Bench {

  @Override
  public String name() {
    return "loop";
  }

  @Override
  public String description() {
    return "the demo's learning beside the same run in a single process; --seeds 1,2,3";
  }

  @Override
  public void run(BenchRun run) throws InterruptedException {
    for (long seed : run.options().seeds()) {
      String prefix = "seed" + seed + "_";
      Map<String, Double> loop = run.system().learn(seed);
      loop.forEach(
          (name, value) -> {
            run.figures().put(prefix + name, value);
            run.say(String.format(Locale.ROOT, "%-30s %12.6g", name, value));
          });
      JsonNode alone = run.system().learnAlone(seed);
      alone
          .properties()
          .forEach(
              figure ->
                  run.figures()
                      .put(prefix + "alone_" + figure.getKey(), figure.getValue().asDouble()));
      double times = loop.get("learning_s") / alone.path("seconds").asDouble();
      run.figures().put(prefix + "times_alone", times);
      run.say(
          String.format(
              Locale.ROOT,
              "seed %d: %.1f s, %.2f times the %.1f s of the single process",
              seed,
              loop.get("learning_s"),
              times,
              alone.path("seconds").asDouble()));
    }
  }
}
