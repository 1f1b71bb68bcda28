package dev.millrace.serving.retrieval.ranking;

import java.util.List;

/** Says how well each passage answers a question, reading both together. Safe for threads. */
public interface RelevanceModel extends AutoCloseable {

  /** One score a passage, in order; comparable within one call, more is better. */
  float[] relevance(String question, List<String> passages);

  @Override
  default void close() {}
}
