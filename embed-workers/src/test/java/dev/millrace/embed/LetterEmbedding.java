package dev.millrace.embed;

import dev.millrace.models.embedding.EmbeddingModel;
import dev.millrace.models.embedding.TokenCounter;
import java.util.List;

/** Another model than the built-in one, small and slow to order: counts letters. */
final class LetterEmbedding implements EmbeddingModel {

  static final String POISON = "The model cannot bear this.";

  @Override
  public String id() {
    return "letters-v1";
  }

  @Override
  public int dimension() {
    return 27;
  }

  @Override
  public TokenCounter tokens() {
    return String::length;
  }

  @Override
  public List<float[]> embed(List<String> texts, Role role) {
    return texts.stream().map(LetterEmbedding::vector).toList();
  }

  private static float[] vector(String text) {
    if (text.endsWith(POISON)) {
      throw new IllegalStateException("no vector for that");
    }
    float[] vector = new float[27];
    vector[26] = 1;
    text.chars().map(c -> (c | 0x20) - 'a').filter(c -> c >= 0 && c < 26).forEach(c -> vector[c]++);
    double square = 0;
    for (float x : vector) {
      square += x * x;
    }
    for (int i = 0; i < vector.length; i++) {
      vector[i] /= (float) Math.sqrt(square);
    }
    return vector;
  }

  @Override
  public void close() {
    // nothing is held
  }
}
