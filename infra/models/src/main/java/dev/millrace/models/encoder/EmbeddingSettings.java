package dev.millrace.models.encoder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How an encoder makes vectors of texts.
 *
 * @param pooling how states become one vector
 * @param maxTokens longest sequence, special tokens included; longer texts are split into windows
 * @param overlap tokens that neighbouring windows share
 * @param queryPrefix written before every query
 * @param passagePrefix written before every passage
 * @param batchTokens tokens, padding included, that are computed in one call
 */
public record EmbeddingSettings(
    Encoder.Pooling pooling,
    int maxTokens,
    int overlap,
    String queryPrefix,
    String passagePrefix,
    int batchTokens) {

  public EmbeddingSettings {
    if (maxTokens < 8 || overlap < 0 || overlap > (maxTokens - 4) / 2) {
      throw new IllegalArgumentException(
          "maxTokens must be at least 8 and overlap less than half of it, not %d and %d"
              .formatted(maxTokens, overlap));
    }
    if (batchTokens < 1) {
      throw new IllegalArgumentException("batchTokens must be at least 1, not " + batchTokens);
    }
  }

  /** Mean pooling over windows of all positions, an eighth of them shared. */
  public static EmbeddingSettings of(EncoderConfig config) {
    int max = config.maxTokens();
    return new EmbeddingSettings(Encoder.Pooling.MEAN, max, max / 8, "", "", 4096);
  }

  /**
   * What the files of a sentence-transformers directory say, as far as there are any: pooling,
   * longest sequence, prompts of queries and passages.
   */
  public static EmbeddingSettings read(Path directory, EncoderConfig config) {
    JsonNode pooling = json(directory.resolve("1_Pooling/config.json"));
    JsonNode length = json(directory.resolve("sentence_bert_config.json"));
    JsonNode prompts = json(directory.resolve("config_sentence_transformers.json")).path("prompts");
    int max = Math.min(length.path("max_seq_length").asInt(config.maxTokens()), config.maxTokens());
    boolean cls = pooling.path("pooling_mode_cls_token").asBoolean(false);
    if (!pooling.isEmpty() && !cls && !pooling.path("pooling_mode_mean_tokens").asBoolean(false)) {
      throw new IllegalArgumentException(
          directory.resolve("1_Pooling/config.json") + ": only mean and CLS pooling are supported");
    }
    return new EmbeddingSettings(
        cls ? Encoder.Pooling.CLS : Encoder.Pooling.MEAN,
        max,
        max / 8,
        prompts.path("query").asText(""),
        prompts.path("passage").asText(prompts.path("document").asText("")),
        4096);
  }

  private static JsonNode json(Path file) {
    var mapper = new ObjectMapper();
    if (!Files.exists(file)) {
      return mapper.createObjectNode();
    }
    try {
      return mapper.readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(file + " is no JSON: " + e.getMessage(), e);
    }
  }
}
