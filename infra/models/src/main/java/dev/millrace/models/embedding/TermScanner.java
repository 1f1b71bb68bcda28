package dev.millrace.models.embedding;

import java.text.Normalizer;

/**
 * Cuts a text into terms: stems of words, and bigrams of CJK characters. Words break at case
 * changes ({@code KafkaConsumer} gives the terms of "kafka consumer"), accents are folded, width
 * variants meet. One pass; a word longer than {@value #LONGEST} characters continues as another
 * word.
 */
final class TermScanner {

  /** Takes the terms in the order of the text. */
  interface Sink {

    /** One term; the array is reused after the call. */
    void term(char[] chars, int length, boolean cjk);
  }

  private static final int LONGEST = 40;

  private final char[] word = new char[LONGEST + 2];
  private int length;
  private int lastCjk;
  private boolean pairPending;

  void scan(String text, Sink sink) {
    String folded = fold(text);
    length = 0;
    lastCjk = 0;
    pairPending = false;
    boolean lower = false;
    for (int i = 0; i < folded.length(); ) {
      int c = folded.codePointAt(i);
      i += Character.charCount(c);
      if (Script.isCjk(c)) {
        endWord(sink);
        cjk(c, sink);
        lower = false;
      } else if (Script.isWordPart(c)) {
        endCjk(sink);
        boolean upper = c < 0x80 ? c >= 'A' && c <= 'Z' : Character.isUpperCase(c);
        if (length >= LONGEST || (upper && lower)) {
          endWord(sink);
        }
        lower = !upper && !Character.isDigit(c);
        length += Character.toChars(upper ? Character.toLowerCase(c) : c, word, length);
      } else if (!isApostropheS(c, folded, i)) {
        endWord(sink);
        endCjk(sink);
        lower = false;
      } else {
        endWord(sink);
        i++; // the s of a genitive is no word
        lower = false;
      }
    }
    endWord(sink);
    endCjk(sink);
  }

  private void endWord(Sink sink) {
    if (length > 0) {
      sink.term(word, LightStemmer.stem(word, length), false);
      length = 0;
    }
  }

  private void cjk(int c, Sink sink) {
    if (lastCjk != 0) {
      emit(lastCjk, c, sink);
      pairPending = false;
    } else {
      pairPending = true;
    }
    lastCjk = c;
  }

  private void endCjk(Sink sink) {
    if (pairPending) {
      emit(lastCjk, 0, sink);
    }
    lastCjk = 0;
    pairPending = false;
  }

  private void emit(int first, int second, Sink sink) {
    int n = Character.toChars(first, word, 0);
    if (second != 0) {
      n += Character.toChars(second, word, n);
    }
    sink.term(word, n, true);
  }

  private static boolean isApostropheS(int c, String text, int next) {
    return (c == '\'' || c == '\u2019')
        && next < text.length()
        && (text.charAt(next) | 0x20) == 's'
        && (next + 1 == text.length() || !Script.isWordPart(text.codePointAt(next + 1)));
  }

  /** Compatibility forms meet (full-width letters, ligatures); Latin letters lose their accents. */
  private static String fold(String text) {
    if (isAscii(text)) {
      return text;
    }
    String composed = Normalizer.normalize(text, Normalizer.Form.NFKC);
    var out = new StringBuilder(composed.length());
    for (int i = 0; i < composed.length(); i++) {
      char c = composed.charAt(i);
      if (c >= 0xC0 && c <= 0x24F) {
        String apart = Normalizer.normalize(String.valueOf(c), Normalizer.Form.NFD);
        out.append(apart.charAt(0));
      } else if (Character.getType(c) != Character.NON_SPACING_MARK || c > 0x36F) {
        out.append(c);
      }
    }
    return out.toString();
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) >= 0x80) {
        return false;
      }
    }
    return true;
  }
}
