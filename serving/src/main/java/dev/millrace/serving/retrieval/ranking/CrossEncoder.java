package dev.millrace.serving.retrieval.ranking;

import dev.millrace.models.encoder.TextScorer;
import dev.millrace.models.script.TorchRuntime;
import java.nio.file.Path;
import java.util.List;

/** A cross-encoder from a Hugging Face directory ({@code ...ForSequenceClassification}). */
public final class CrossEncoder implements RelevanceModel {

  private final TextScorer scorer;

  private CrossEncoder(TextScorer scorer) {
    this.scorer = scorer;
  }

  /**
   * Loads the model.
   *
   * @throws IllegalArgumentException if there is none in the directory, or one without a head
   */
  public static CrossEncoder open(Path directory) {
    return new CrossEncoder(TextScorer.open(TorchRuntime.preferred(line -> {}), directory));
  }

  @Override
  public float[] relevance(String question, List<String> passages) {
    return scorer.relevance(
        passages.stream().map(text -> new TextScorer.Pair(question, text)).toList());
  }

  @Override
  public void close() {
    scorer.close();
  }
}
