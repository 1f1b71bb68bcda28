package dev.millrace.models.embedding;

/**
 * A light stemmer for English: plurals, {@code -ed}, {@code -ing} and {@code -ly} go, a doubled
 * consonant or a silent {@code e} that this leaves behind goes too, and a final {@code y} becomes
 * {@code i}, so that inflected forms of one word meet. Derived forms ({@code nation}, {@code
 * national}) stay apart: character n-grams bring them near.
 *
 * <p>The first steps are those of Porter, "An algorithm for suffix stripping" (1980), without its
 * later ones, which also join words of different meaning.
 */
final class LightStemmer {

  private static final int SHORTEST = 4;

  private LightStemmer() {}

  /**
   * Stems in place.
   *
   * @param w lower-case characters; the first {@code length} are the word
   * @return the length of the stem
   */
  static int stem(char[] w, int length) {
    if (length < SHORTEST || !isAscii(w, length)) {
      return length;
    }
    int n = plural(w, length);
    n = participle(w, n);
    if (n > 4 && ends(w, n, "ly")) {
      n -= 2;
    }
    if (n > SHORTEST && w[n - 1] == 'e' && measure(w, n - 1) > 1) {
      n--;
    }
    if (n > 2 && w[n - 1] == 'y' && !isVowel(w[n - 2])) {
      w[n - 1] = 'i';
    }
    return n;
  }

  private static int plural(char[] w, int n) {
    if (w[n - 1] != 's') {
      return n;
    }
    if (ends(w, n, "sses")) {
      return n - 2;
    }
    if (ends(w, n, "ies")) {
      w[n - 3] = 'y';
      return n - 2;
    }
    if (ends(w, n, "ss") || ends(w, n, "us") || ends(w, n, "is")) {
      return n;
    }
    if (n > 4 && (ends(w, n, "xes") || ends(w, n, "ches") || ends(w, n, "shes"))) {
      return n - 2;
    }
    return n - 1;
  }

  private static int participle(char[] w, int n) {
    int cut;
    if (n > 5 && ends(w, n, "ing") && hasVowel(w, n - 3)) {
      cut = n - 3;
    } else if (n > 4 && ends(w, n, "ed") && !ends(w, n, "eed") && hasVowel(w, n - 2)) {
      cut = n - 2;
    } else {
      return n;
    }
    char last = w[cut - 1];
    if (cut > 3 && last == w[cut - 2] && !isVowel(last) && last != 'l' && last != 's') {
      return cut - 1; // stopped, planning
    }
    if (measure(w, cut) == 1 && endsShort(w, cut)) {
      w[cut] = 'e'; // hoping, made up of hope
      return cut + 1;
    }
    return cut;
  }

  /** Number of times that a vowel is followed by a consonant: Porter's m. */
  private static int measure(char[] w, int n) {
    int m = 0;
    boolean vowel = false;
    for (int i = 0; i < n; i++) {
      boolean now = isVowel(w[i]) || (w[i] == 'y' && i > 0 && !isVowel(w[i - 1]));
      if (vowel && !now) {
        m++;
      }
      vowel = now;
    }
    return m;
  }

  /** Consonant, vowel, consonant at the end, the last not w, x or y: Porter's *o. */
  private static boolean endsShort(char[] w, int n) {
    if (n < 3) {
      return false;
    }
    char last = w[n - 1];
    return !isVowel(last)
        && last != 'w'
        && last != 'x'
        && last != 'y'
        && isVowel(w[n - 2])
        && !isVowel(w[n - 3]);
  }

  private static boolean ends(char[] w, int n, String suffix) {
    int from = n - suffix.length();
    if (from < 0) {
      return false;
    }
    for (int i = 0; i < suffix.length(); i++) {
      if (w[from + i] != suffix.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static boolean hasVowel(char[] w, int n) {
    for (int i = 0; i < n; i++) {
      if (isVowel(w[i]) || w[i] == 'y') {
        return true;
      }
    }
    return false;
  }

  private static boolean isVowel(char c) {
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
  }

  private static boolean isAscii(char[] w, int n) {
    for (int i = 0; i < n; i++) {
      if (w[i] < 'a' || w[i] > 'z') {
        return false;
      }
    }
    return true;
  }
}
