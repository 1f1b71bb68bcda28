package dev.millrace.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.cli.Api;
import dev.millrace.models.embedding.EmbeddingModel;
import dev.millrace.models.embedding.EmbeddingModels;
import dev.millrace.runtime.Settings;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What hybrid search through the API takes beyond OpenSearch's own hybrid query: the same query for
 * the same passages, put by turns to the one and to the other from here, one at a time.
 */
final class HybridCost {

  private static final int WARM_UP = 5;
  private static final int ROUNDS = 15;
  private static final int LIMIT = 10;
  private static final double GOAL = 30;

  void measure(BenchRun run) {
    Settings settings = run.context().settings();
    List<ObjectNode> queries = new ArrayList<>();
    try (EmbeddingModel model =
        EmbeddingModels.open(settings.text("millrace.embed.model", EmbeddingModels.BUILTIN))) {
      for (String question : DemoQuestions.all()) {
        float[] vector = model.embed(List.of(question), EmbeddingModel.Role.QUERY).getFirst();
        queries.add(raw(question, vector, settings));
      }
    }
    int n = queries.size();
    double[] raw = new double[ROUNDS * n];
    double[] ours = new double[ROUNDS * n];
    int same = 0;
    for (int round = -WARM_UP; round < ROUNDS; round++) {
      for (int i = 0; i < n; i++) {
        boolean rawFirst = (round + i) % 2 == 0;
        double first = rawFirst ? millis(run, queries.get(i)) : millis(run, i);
        double second = rawFirst ? millis(run, i) : millis(run, queries.get(i));
        if (round >= 0) {
          raw[round * n + i] = rawFirst ? first : second;
          ours[round * n + i] = rawFirst ? second : first;
        }
      }
    }
    for (int i = 0; i < n; i++) {
      same += run.searchRaw(queries.get(i)).equals(places(run, i)) ? 1 : 0;
    }
    Arrays.sort(raw);
    Arrays.sort(ours);
    double more = 100 * (Figures.at(ours, 0.5) / Figures.at(raw, 0.5) - 1);
    run.figures()
        .percentiles("hybrid_raw", raw)
        .percentiles("hybrid", ours)
        .put("hybrid_more_percent", more)
        .put("hybrid_same_passages", same)
        .put("hybrid_queries", n);
    run.say(
        String.format(
            Locale.ROOT,
            "hybrid search p50 %.1f ms, OpenSearch's own query %.1f ms: %.0f %% more (goal: at most"
                + " %.0f); %d of %d queries gave the same passages",
            Figures.at(ours, 0.5),
            Figures.at(raw, 0.5),
            more,
            GOAL,
            same,
            n));
  }

  private static double millis(BenchRun run, ObjectNode query) {
    long began = System.nanoTime();
    run.searchRaw(query);
    return (System.nanoTime() - began) / 1e6;
  }

  private static double millis(BenchRun run, int question) {
    long began = System.nanoTime();
    places(run, question);
    return (System.nanoTime() - began) / 1e6;
  }

  /** Where the passages stand, as {@link BenchRun#searchRaw} writes it. */
  private static List<String> places(BenchRun run, int question) {
    ObjectNode body =
        Api.JSON
            .createObjectNode()
            .put("query", DemoQuestions.get(question))
            .put("mode", "hybrid")
            .put("limit", LIMIT);
    List<String> places = new ArrayList<>();
    for (JsonNode hit : run.api().post("/v1/search", body).path("hits")) {
      places.add(hit.path("document_id").asText() + " " + hit.path("start").asInt());
    }
    return places;
  }

  /** The query that the server makes of a question by its default settings. */
  private static ObjectNode raw(String question, float[] vector, Settings settings) {
    int candidates = settings.integer("millrace.serving.search.candidates", 1, 1_000);
    ObjectNode body = Api.JSON.createObjectNode().put("size", LIMIT).put("track_total_hits", false);
    body.putObject("_source").putArray("excludes").add("vector").add("acl");
    ObjectNode hybrid = body.putObject("query").putObject("hybrid");
    hybrid.put("pagination_depth", candidates);
    ArrayNode queries = hybrid.putArray("queries");
    ObjectNode words = queries.addObject().putObject("bool");
    readableByAll(words.putArray("filter"));
    ObjectNode match = words.putArray("must").addObject().putObject("multi_match");
    match.put("query", question).put("type", "most_fields");
    match
        .putArray("fields")
        .add("text")
        .add("title^" + settings.decimal("millrace.serving.search.title-weight", 0, 100))
        .add("headings^" + settings.decimal("millrace.serving.search.headings-weight", 0, 100));
    ObjectNode nearest = queries.addObject().putObject("knn").putObject("vector");
    ArrayNode components = nearest.putArray("vector");
    for (float component : vector) {
      components.add(component);
    }
    nearest.put("k", candidates);
    readableByAll(nearest.putObject("filter").putObject("bool").putArray("filter"));
    return body;
  }

  private static void readableByAll(ArrayNode filter) {
    filter.addObject().putObject("terms").putArray("acl").add("*");
  }
}
