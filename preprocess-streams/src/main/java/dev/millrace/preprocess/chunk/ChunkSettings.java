package dev.millrace.preprocess.chunk;

/**
 * How large chunks are, in tokens of the embedding model.
 *
 * @param maxTokens most tokens of a chunk without its overlap
 * @param overlapTokens most tokens that a chunk repeats of the sentence before it; 0: none
 */
public record ChunkSettings(int maxTokens, int overlapTokens) {

  /** 200 tokens, and a sentence of up to 40 tokens of what stands before. */
  public static final ChunkSettings DEFAULT = new ChunkSettings(200, 40);

  public ChunkSettings {
    if (maxTokens < 8) {
      throw new IllegalArgumentException("chunk-tokens must be 8 or more: " + maxTokens);
    }
    if (overlapTokens < 0 || overlapTokens > maxTokens / 2) {
      throw new IllegalArgumentException(
          "overlap-tokens must be from 0 to half of chunk-tokens: " + overlapTokens);
    }
  }
}
