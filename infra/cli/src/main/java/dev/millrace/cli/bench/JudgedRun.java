package dev.millrace.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * The queries of a collection put to a search, and how good its rankings were on average.
 *
 * @param p50 median milliseconds of a request
 * @param steps median milliseconds of each step of the pipeline, where the search tells them
 */
record JudgedRun(double ndcg, double mrr, double recall, double p50, Map<String, Double> steps) {

  /** Documents that a search is asked for. */
  static final int DEPTH = 100;

  /**
   * Runs every query that has relevant documents.
   *
   * @param search from a query's text to the answer of {@code /v1/search}, by document
   */
  static JudgedRun of(Corpus corpus, Function<String, JsonNode> search) {
    double ndcg = 0;
    double mrr = 0;
    double recall = 0;
    List<Double> millis = new ArrayList<>();
    Map<String, List<Double>> steps = new LinkedHashMap<>();
    for (Corpus.Entry query : corpus.queries()) {
      Set<String> relevant = corpus.relevant().getOrDefault(query.id(), Set.of());
      if (relevant.isEmpty()) {
        continue;
      }
      long began = System.nanoTime();
      JsonNode answer = search.apply(query.text());
      millis.add((System.nanoTime() - began) / 1e6);
      List<String> ranking = new ArrayList<>();
      answer.path("hits").forEach(hit -> ranking.add(hit.path("document_id").asText()));
      for (JsonNode step : answer.at("/debug/retrieval")) {
        steps
            .computeIfAbsent(step.path("step").asText(), name -> new ArrayList<>())
            .add(step.path("millis").asDouble());
      }
      ndcg += RetrievalMetrics.ndcg(ranking, relevant, 10);
      mrr += RetrievalMetrics.reciprocalRank(ranking, relevant, 10);
      recall += RetrievalMetrics.recall(ranking, relevant, DEPTH);
    }
    int judged = millis.size();
    Map<String, Double> medians = new LinkedHashMap<>();
    steps.forEach((name, all) -> medians.put(name, median(all)));
    return new JudgedRun(ndcg / judged, mrr / judged, recall / judged, median(millis), medians);
  }

  private static double median(List<Double> values) {
    return Figures.at(
        values.stream().sorted(Comparator.naturalOrder()).mapToDouble(v -> v).toArray(), 0.5);
  }
}
