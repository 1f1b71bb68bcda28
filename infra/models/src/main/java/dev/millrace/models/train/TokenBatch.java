package dev.millrace.models.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Sequences that are scored together. Scores come as flat arrays with one entry a scored token, in
 * the order of the sequences; {@link #offsets()} says where each begins.
 *
 * @param layout whether padding is computed; the results are the same
 */
public record TokenBatch(List<ScoredTokens> sequences, Layout layout) {

  /** How sequences of different lengths are laid side by side. */
  public enum Layout {
    /**
     * One after the other: no padding but inside attention, and the prompt of neighbours that
     * answer the same one is computed once.
     */
    PACKED,
    /** All at the length of the longest: simpler shapes, more work. */
    PADDED
  }

  public TokenBatch {
    sequences = List.copyOf(sequences);
    if (sequences.stream().mapToInt(ScoredTokens::count).sum() == 0) {
      throw new IllegalArgumentException("a batch without a scored token");
    }
  }

  /** A packed batch. */
  public static TokenBatch of(List<ScoredTokens> sequences) {
    return new TokenBatch(sequences, Layout.PACKED);
  }

  /**
   * Splits sequences into packed batches of at most {@code maxTokens} tokens each (one that is
   * longer stands alone), in order.
   */
  public static List<TokenBatch> split(List<ScoredTokens> sequences, int maxTokens) {
    List<TokenBatch> out = new ArrayList<>();
    List<ScoredTokens> current = new ArrayList<>();
    int tokens = 0;
    for (ScoredTokens sequence : sequences) {
      if (!current.isEmpty() && tokens + sequence.length() > maxTokens) {
        out.add(of(current));
        current = new ArrayList<>();
        tokens = 0;
      }
      current.add(sequence);
      tokens += sequence.length();
    }
    if (!current.isEmpty()) {
      out.add(of(current));
    }
    return out;
  }

  /** Where the scores of each sequence begin, and where all end: sequences + 1 entries. */
  public int[] offsets() {
    int[] out = new int[sequences.size() + 1];
    for (int i = 0; i < sequences.size(); i++) {
      out[i + 1] = out[i] + sequences.get(i).count();
    }
    return out;
  }

  /** Number of scored tokens. */
  public int scored() {
    return offsets()[sequences.size()];
  }

  /** A value a sequence as a value a scored token. */
  public float[] spread(float[] perSequence) {
    int[] offsets = offsets();
    float[] out = new float[scored()];
    for (int i = 0; i < sequences.size(); i++) {
      Arrays.fill(out, offsets[i], offsets[i + 1], perSequence[i]);
    }
    return out;
  }
}
