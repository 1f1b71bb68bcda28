package dev.millrace.serving.retrieval;

import java.util.Objects;

/**
 * How questions are put to OpenSearch.
 *
 * @param fusion how the two rankings of a hybrid search become one
 * @param titleWeight of the title against the text in BM25
 * @param headingsWeight of the heading path against the text in BM25
 * @param candidates passages that each half of a hybrid search, and a search by vectors, gives at
 *     least
 */
public record SearchSettings(
    Fusion fusion, double titleWeight, double headingsWeight, int candidates) {

  /** How two rankings are joined inside OpenSearch. */
  public enum Fusion {
    RRF,
    WEIGHTED
  }

  public SearchSettings {
    Objects.requireNonNull(fusion, "fusion");
    if (titleWeight < 0 || headingsWeight < 0) {
      throw new IllegalArgumentException(
          "Weights are not negative: title " + titleWeight + ", headings " + headingsWeight);
    }
    if (candidates < 1 || candidates > 1_000) {
      throw new IllegalArgumentException("candidates is 1 to 1000, not " + candidates);
    }
  }
}
