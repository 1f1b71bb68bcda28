package dev.millrace.serving.retrieval;

import java.util.Objects;

/**
 * One thing that the index is asked.
 *
 * @param vector the text's embedding; null until a step has made it, or in mode BM25
 * @param weight of its ranking in the fusion, above 0
 */
public record Query(String text, SearchMode mode, float[] vector, double weight) {

  public Query {
    Objects.requireNonNull(text, "text");
    Objects.requireNonNull(mode, "mode");
    if (!(weight > 0)) {
      throw new IllegalArgumentException("weight is above 0, not " + weight);
    }
  }

  /** A query whose vector is not made yet. */
  public static Query of(String text, SearchMode mode, double weight) {
    return new Query(text, mode, null, weight);
  }

  Query withVector(float[] made) {
    return new Query(text, mode, made, weight);
  }
}
