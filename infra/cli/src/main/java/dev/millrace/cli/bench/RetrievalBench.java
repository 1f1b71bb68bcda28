package dev.millrace.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Quality of every search mode on a judged collection, through the API that users ask. */
final class RetrievalBench implements Bench {

  private static final List<String> MODES = List.of("bm25", "vectors", "hybrid", "default");

  @Override
  public String name() {
    return "retrieval";
  }

  @Override
  public String description() {
    return "nDCG@10, MRR@10 and recall@100 of every search mode; needs --corpus DIR";
  }

  @Override
  public void run(BenchRun run) throws InterruptedException {
    Corpus corpus = run.corpus();
    corpus.documents().forEach(entry -> run.send(entry.id(), entry.title(), entry.text()));
    run.flush();
    // Documents without text are rejected with a reason, and no search could find them.
    long expected = corpus.documents().stream().filter(entry -> !entry.text().isBlank()).count();
    run.awaitSearchable(expected);
    run.say(
        "%d documents, %d queries".formatted(corpus.documents().size(), corpus.queries().size()));
    run.say("mode       nDCG@10   MRR@10  recall@100   p50 ms");
    for (String mode : MODES) {
      measure(run, corpus, mode);
    }
  }

  private static void measure(BenchRun run, Corpus corpus, String mode) {
    double ndcg = 0;
    double mrr = 0;
    double recall = 0;
    int judged = 0;
    List<Double> millis = new ArrayList<>();
    for (Corpus.Entry query : corpus.queries()) {
      Set<String> relevant = corpus.relevant().getOrDefault(query.id(), Set.of());
      if (relevant.isEmpty()) {
        continue;
      }
      long began = System.nanoTime();
      List<String> ranking = new ArrayList<>();
      for (JsonNode hit : run.search(query.text(), mode, 100).path("hits")) {
        ranking.add(hit.path("document_id").asText());
      }
      millis.add((System.nanoTime() - began) / 1e6);
      judged++;
      ndcg += RetrievalMetrics.ndcg(ranking, relevant, 10);
      mrr += RetrievalMetrics.reciprocalRank(ranking, relevant, 10);
      recall += RetrievalMetrics.recall(ranking, relevant, 100);
    }
    double[] times = millis.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    run.figures()
        .put(mode + "_ndcg10", ndcg / judged)
        .put(mode + "_mrr10", mrr / judged)
        .put(mode + "_recall100", recall / judged)
        .put(mode + "_p50_ms", Figures.at(times, 0.5));
    run.say(
        String.format(
            Locale.ROOT,
            "%-10s %7.3f  %7.3f  %10.3f  %7.1f",
            mode,
            ndcg / judged,
            mrr / judged,
            recall / judged,
            Figures.at(times, 0.5)));
  }
}
