package dev.millrace.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.cli.Api;
import dev.millrace.runtime.Settings;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What each step of the retrieval pipeline adds on a judged collection, alone (those that ask more
 * queries with the fusion that they need), and what it takes. Where settings name no cross-encoder
 * and no generating backend, the steps that want one run on models of random weights: their time is
 * true, what they add is not.
 */
final class StepsBench implements Bench {

  private static final String RERANKER = "millrace.serving.retrieval.rerank.model";
  private static final String COMPLETER = "millrace.serving.retrieval.completer";
  private static final String LOCAL = "millrace.serving.local.models";
  private static final String HELPER = "random-helper";

  /** Their queries have rankings of their own, which count only where they are fused. */
  private static final Set<String> MORE_QUERIES = Set.of("multi-query", "hyde", "step-back");

  private static final List<String> STEPS =
      List.of(
          "rewrite",
          "multi-query",
          "hyde",
          "step-back",
          "fuse",
          "rerank",
          "mmr",
          "auto-merge",
          "parent",
          "window");

  @Override
  public String name() {
    return RetrievalBench.NAME;
  }

  @Override
  public String description() {
    return "what each step of the pipeline adds; needs --corpus DIR";
  }

  @Override
  public Map<String, String> prepare(Path folder, Path texts) throws InterruptedException {
    Path models = RandomModels.write(folder, texts);
    return Map.of(
        RERANKER,
        models.resolve(RandomModels.SCORER).toString(),
        LOCAL,
        HELPER + "=" + models.resolve(RandomModels.CHAT),
        COMPLETER,
        HELPER);
  }

  @Override
  public void run(BenchRun run) throws InterruptedException {
    Corpus corpus = run.corpus();
    RetrievalBench.fill(run, corpus);
    JudgedRun.of(corpus, query -> search(run, query, Set.of())); // warms up
    if (run.context().settings().text(COMPLETER, "").equals(HELPER)) {
      run.awaitModel(HELPER);
    }
    Set<String> random = random(run.context().settings());
    run.say("step          nDCG@10   MRR@10  recall@100   p50 ms   of it the step");
    JudgedRun none = measure(run, corpus, "none", Set.of());
    Set<String> possible = new TreeSet<>();
    for (String step : STEPS) {
      try {
        search(run, "a question", Set.of(step));
      } catch (Api.ApiFailure e) {
        run.say("%-12s  %s".formatted(step, e.getMessage()));
        continue;
      }
      possible.add(step);
      measure(run, corpus, step, Set.of(step));
    }
    possible.removeAll(random); // they would spoil what the others add
    measure(run, corpus, "all of these", possible);
    none.steps()
        .forEach(
            (step, millis) -> {
              run.figures().put(step + "_always_p50_ms", millis);
              run.say(String.format(Locale.ROOT, "%-12s  always runs: %.2f ms", step, millis));
            });
    if (!random.isEmpty()) {
      run.say(
          "On models of random weights, and not among all: "
              + String.join(", ", random)
              + ". What they take is true, what they add is not.");
    }
  }

  private static Set<String> random(Settings settings) {
    Set<String> random = new TreeSet<>();
    if (RandomModels.isNamedBy(settings.text(RERANKER, ""))) {
      random.add("rerank");
    }
    if (settings.text(COMPLETER, "").equals(HELPER)
        && RandomModels.isNamedBy(settings.text(LOCAL, ""))) {
      random.addAll(MORE_QUERIES);
    }
    return random;
  }

  private static JudgedRun measure(BenchRun run, Corpus corpus, String name, Set<String> steps) {
    JudgedRun judged = JudgedRun.of(corpus, query -> search(run, query, steps));
    Double own = judged.steps().get(name);
    String key = name.replace(' ', '_');
    run.figures()
        .put(key + "_ndcg10", judged.ndcg())
        .put(key + "_mrr10", judged.mrr())
        .put(key + "_recall100", judged.recall())
        .put(key + "_p50_ms", judged.p50());
    if (own != null) {
      run.figures().put(key + "_own_p50_ms", own);
    }
    run.say(
        String.format(
            Locale.ROOT,
            "%-12s  %7.3f  %7.3f  %10.3f  %7.1f  %s",
            name,
            judged.ndcg(),
            judged.mrr(),
            judged.recall(),
            judged.p50(),
            own == null ? "" : String.format(Locale.ROOT, "%15.2f", own)));
    return judged;
  }

  private static JsonNode search(BenchRun run, String query, Set<String> on) {
    ObjectNode body =
        Api.JSON
            .createObjectNode()
            .put("query", query)
            .put("group", "document")
            .put("limit", JudgedRun.DEPTH)
            .put("debug", true);
    ObjectNode steps = body.putObject("retrieval").putObject("steps");
    on.forEach(step -> steps.put(step, true));
    steps.put("rewrite", on.contains("rewrite"));
    steps.put("fuse", on.contains("fuse") || on.stream().anyMatch(MORE_QUERIES::contains));
    return run.api().post("/v1/search", body);
  }
}
