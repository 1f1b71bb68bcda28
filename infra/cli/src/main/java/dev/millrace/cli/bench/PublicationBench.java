package dev.millrace.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.cli.ModelsJvm;
import dev.millrace.policy.bench.PolicyBench;
import java.util.ArrayList;
import java.util.List;

/** From the publication of a version to its adoption and its first token, beside the raw broker. */
final class PublicationBench implements Bench {

  @Override
  public String name() {
    return "publication";
  }

  @Override
  public String description() {
    return "publication to the first token sampled, beside the broker's raw rate; --large";
  }

  @Override
  public String targets() {
    return "ingest";
  }

  @Override
  public void run(BenchRun run) throws InterruptedException {
    measure(run, List.of());
  }

  static void measure(BenchRun run, List<String> what) throws InterruptedException {
    List<String> arguments = new ArrayList<>(what);
    for (String key : List.of("millrace.kafka.bootstrap", "millrace.registry.urls")) {
      arguments.add(key + "=" + run.context().settings().text(key));
    }
    arguments.add("demo");
    if (run.options().large()) {
      arguments.add("large");
    }
    JsonNode shapes = ModelsJvm.figures(PolicyBench.class.getName(), arguments, run::say);
    shapes.properties().forEach(shape -> put(run.figures(), shape.getKey(), shape.getValue()));
  }

  private static void put(Figures figures, String name, JsonNode value) {
    if (value.isObject()) {
      value.properties().forEach(one -> put(figures, name + "_" + one.getKey(), one.getValue()));
    } else {
      figures.put(name, value.asDouble());
    }
  }
}
