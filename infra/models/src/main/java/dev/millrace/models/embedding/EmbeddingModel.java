package dev.millrace.models.embedding;

import java.util.List;

/**
 * A function from texts to unit vectors. The same text gives the same vector whatever stands beside
 * it in the batch (to the tolerance of the arithmetic), so an index can be rebuilt from the log.
 *
 * <p>Implementations are safe for use by several threads.
 */
public interface EmbeddingModel extends AutoCloseable {

  /** What a text is to be: some models write a different prefix before queries and passages. */
  enum Role {
    QUERY,
    PASSAGE
  }

  /**
   * Names model and revision, for example {@code builtin-hashed-v1}. Vectors of different ids never
   * stand in one index: a change of id means a new index behind the alias.
   */
  String id();

  /** Number of components of every vector. */
  int dimension();

  /** Counts tokens as this model sees them; chunk sizes are given in them. */
  TokenCounter tokens();

  /**
   * Embeds a batch.
   *
   * @param texts any number of texts, none of them null
   * @return one vector a text, in order, each of {@link #dimension()} components and length 1
   *     (cosine similarity is the dot product); never a zero vector
   */
  List<float[]> embed(List<String> texts, Role role);

  @Override
  void close();
}
