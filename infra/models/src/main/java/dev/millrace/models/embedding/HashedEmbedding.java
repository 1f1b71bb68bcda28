package dev.millrace.models.embedding;

import java.util.ArrayList;
import java.util.List;

/**
 * The built-in embedder: lexical, without any understanding of meaning. Two texts are near when
 * they share words, pairs of neighbouring words or pieces of words; synonyms are strangers to it.
 * It needs no download and no native code, and gives the same vectors on every machine.
 *
 * <p>A text becomes a bag of features: stems, pairs of neighbouring stems, and for every stem its
 * character n-grams, so that derived and misspelt forms come near (after Bojanowski et al.,
 * "Enriching Word Vectors with Subword Information", 2017). Weights are sublinear in the term's
 * count and follow its background idf. Every feature has a fixed random direction with few non-zero
 * components (Li, Hastie and Church, "Very Sparse Random Projections", 2006), so the dot product of
 * two vectors approximates that of the bags with a standard error of about {@code
 * 1/sqrt(dimension)}.
 */
public final class HashedEmbedding implements EmbeddingModel {

  /** Any change of features, weights, hashes or table needs a new id. */
  public static final String ID = "builtin-hashed-v1";

  private static final int DIMENSION = 384;

  // Weights relative to a word's. Measured on an abstracts collection: quality is flat within half
  // and double of each (nDCG@10 moves by less than the noise of the projection).
  private static final float PAIR = 0.2f;
  private static final float GRAMS = 0.4f;
  private static final int SHORTEST_GRAM = 3;
  private static final int LONGEST_GRAM = 5;

  /** Keeps the n-gram "ing" apart from a word "ing". */
  private static final long GRAM_SALT = 0x5bd1e995L;

  private final Background background = Background.load();
  private final TokenCounter tokens = new WordTokens();

  @Override
  public String id() {
    return ID;
  }

  @Override
  public int dimension() {
    return DIMENSION;
  }

  @Override
  public TokenCounter tokens() {
    return tokens;
  }

  @Override
  public List<float[]> embed(List<String> texts, Role role) {
    var counts = new TermCounts(background);
    var scanner = new TermScanner();
    var vectors = new ArrayList<float[]>(texts.size());
    for (String text : texts) {
      counts.clear();
      scanner.scan(text, counts);
      vectors.add(vector(counts));
    }
    return vectors;
  }

  private float[] vector(TermCounts terms) {
    var projection = new SparseProjection(DIMENSION);
    for (int i = 0; i < terms.size(); i++) {
      float value = terms.weight(i) * (float) (1 + StrictMath.log(terms.count(i)));
      if (terms.isPair(i)) {
        projection.add(terms.hash(i), value * PAIR);
      } else {
        projection.add(terms.hash(i), value);
        if (!terms.isCjk(i)) {
          grams(terms, i, value, projection);
        }
      }
    }
    return projection.unit();
  }

  /** All n-grams of one word together weigh a fixed part of the word. */
  private static void grams(TermCounts terms, int i, float value, SparseProjection projection) {
    char[] chars = terms.chars();
    int from = terms.start(i);
    int to = terms.end(i);
    int number = 0;
    for (int n = SHORTEST_GRAM; n <= LONGEST_GRAM; n++) {
      number += Math.max(0, to - from - n + 1);
    }
    if (number < 2) {
      return;
    }
    float each = value * GRAMS / (float) Math.sqrt(number);
    for (int n = SHORTEST_GRAM; n <= LONGEST_GRAM; n++) {
      for (int at = from; at + n <= to; at++) {
        projection.add(Hash.of(chars, at, at + n) ^ GRAM_SALT, each);
      }
    }
  }

  @Override
  public void close() {
    // nothing is held
  }
}
