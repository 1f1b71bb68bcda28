package dev.millrace.index;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The search pipelines that join the two halves of a {@code hybrid} query: the first half is taken
 * for the lexical one, the second for the vectors.
 */
public final class SearchPipelines {

  private final RestCalls calls;
  private final ObjectMapper json;
  private final IndexSettings settings;

  public SearchPipelines(OpenSearchConnection connection, IndexSettings settings) {
    this.calls = connection.calls();
    this.json = connection.json();
    this.settings = settings;
  }

  /** Writes both pipelines as the settings say; an existing one is replaced. */
  public void ensure() {
    calls.put("/_search/pipeline/" + settings.names().rrfPipeline(), rrf());
    calls.put("/_search/pipeline/" + settings.names().weightedPipeline(), weighted());
  }

  private ObjectNode rrf() {
    ObjectNode body = json.createObjectNode();
    body.put("description", "Millrace: reciprocal rank fusion");
    body.putArray("phase_results_processors")
        .addObject()
        .putObject("score-ranker-processor")
        .putObject("combination")
        .put("technique", "rrf")
        .put("rank_constant", settings.rankConstant());
    return body;
  }

  private ObjectNode weighted() {
    ObjectNode body = json.createObjectNode();
    body.put("description", "Millrace: weighted min-max scores");
    ObjectNode processor =
        body.putArray("phase_results_processors").addObject().putObject("normalization-processor");
    processor.putObject("normalization").put("technique", "min_max");
    processor
        .putObject("combination")
        .put("technique", "arithmetic_mean")
        .putObject("parameters")
        .putArray("weights")
        .add(settings.lexicalWeight())
        .add(1 - settings.lexicalWeight());
    return body;
  }
}
