package dev.millrace.models.embedding;

/**
 * Counts what the built-in embedder sees: words (runs of letters and digits), single characters of
 * Chinese, Japanese and Korean, and punctuation marks. White space counts nothing.
 *
 * <p>A run without a break, as in base64, counts one token for every {@value #LONGEST} characters,
 * so that a size in tokens bounds a size in characters. One pass, no allocation.
 */
public final class WordTokens implements TokenCounter {

  private static final int LONGEST = 20;

  @Override
  public int count(String text) {
    int tokens = 0;
    int run = 0;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      boolean cjk = Script.isCjk(c);
      if (!cjk && Script.isWordPart(c)) {
        if (run % LONGEST == 0) {
          tokens++;
        }
        run++;
        continue;
      }
      run = 0;
      if (cjk || !Script.isSpace(c)) {
        tokens++;
      }
    }
    return tokens;
  }
}
