package dev.millrace.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.cli.Api;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * What each step of the retrieval pipeline adds on a judged collection, alone and on top of
 * nothing, and what it takes. A step that this system cannot take (it has no model for it) is said
 * to be so.
 */
final class StepsBench implements Bench {

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
  public void run(BenchRun run) throws InterruptedException {
    Corpus corpus = run.corpus();
    RetrievalBench.fill(run, corpus);
    JudgedRun.of(corpus, query -> search(run, query, Set.of())); // warms up
    run.say("step          nDCG@10   MRR@10  recall@100   p50 ms   of it the step");
    measure(run, corpus, "none", Set.of());
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
    measure(run, corpus, "all of these", possible);
  }

  private static void measure(BenchRun run, Corpus corpus, String name, Set<String> steps) {
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
    STEPS.stream()
        .filter(step -> on.contains(step) || step.equals("fuse") || step.equals("rewrite"))
        .forEach(step -> steps.put(step, on.contains(step)));
    return run.api().post("/v1/search", body);
  }
}
