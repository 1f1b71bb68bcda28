package dev.millrace.models.tokenizer;

import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Words as token sequences, with the count of every pair of neighbours. A merge touches only the
 * words that hold the pair; the queue is lazy: an entry whose count is out of date is put back with
 * the true one when it comes to the top.
 */
final class BytePairMerges {

  /** Two neighbouring tokens and how often they occurred when this entry was made. */
  record Pair(int left, int right, long count) {
    long key() {
      return key(left, right);
    }

    static long key(int left, int right) {
      return (long) left << 32 | right;
    }
  }

  /** A pair that occurs once is no pattern. */
  private static final long MIN_COUNT = 2;

  private static final Comparator<Pair> MOST_FREQUENT_FIRST =
      Comparator.comparingLong((Pair pair) -> -pair.count)
          .thenComparingInt(Pair::left)
          .thenComparingInt(Pair::right);

  private final int[][] words;
  private final long[] wordCounts;
  private final Map<Long, Occurrences> occurrences = new HashMap<>();
  private final PriorityQueue<Pair> queue = new PriorityQueue<>(MOST_FREQUENT_FIRST);

  /** The words where a pair is, or once was, and how often it is there now. */
  private static final class Occurrences {
    long count;
    int[] words = new int[4];
    int size;

    void add(int word, long times) {
      count += times;
      if (times < 0 || (size > 0 && words[size - 1] == word)) {
        return;
      }
      if (size == words.length) {
        words = Arrays.copyOf(words, 2 * size);
      }
      words[size++] = word;
    }
  }

  /**
   * @param counts how often each word occurs
   * @param firstByte id of byte 0
   */
  BytePairMerges(Map<String, Long> counts, int firstByte) {
    words = new int[counts.size()][];
    wordCounts = new long[counts.size()];
    int at = 0;
    for (Map.Entry<String, Long> entry : counts.entrySet()) {
      byte[] bytes = BytePairTrainer.utf8(entry.getKey());
      int[] word = new int[bytes.length];
      for (int i = 0; i < word.length; i++) {
        word[i] = firstByte + (bytes[i] & 0xff);
      }
      words[at] = word;
      wordCounts[at++] = entry.getValue();
    }
    for (int w = 0; w < words.length; w++) {
      for (int i = 0; i + 1 < words[w].length; i++) {
        change(words[w][i], words[w][i + 1], w, wordCounts[w]);
      }
    }
    occurrences.forEach((key, found) -> enqueue(key, found.count));
  }

  private void enqueue(long key, long count) {
    if (count >= MIN_COUNT) {
      queue.add(new Pair((int) (key >>> 32), (int) key, count));
    }
  }

  private void change(int left, int right, int word, long times) {
    occurrences.computeIfAbsent(Pair.key(left, right), key -> new Occurrences()).add(word, times);
  }

  /** The pair to merge next; null if none occurs twice. */
  Pair mostFrequent() {
    while (!queue.isEmpty()) {
      Pair top = queue.poll();
      Occurrences found = occurrences.get(top.key());
      if (found == null) {
        continue;
      }
      if (found.count == top.count) {
        return top;
      }
      enqueue(top.key(), found.count);
    }
    return null;
  }

  /** Leaves a pair out for good. */
  void forget(Pair pair) {
    occurrences.remove(pair.key());
  }

  /** Replaces the pair by one token in every word. */
  void merge(Pair pair, int merged) {
    Occurrences found = occurrences.get(pair.key());
    Set<Long> fresh = new HashSet<>();
    for (int i = 0; i < found.size; i++) {
      merge(pair, merged, found.words[i], fresh);
    }
    occurrences.remove(pair.key());
    fresh.forEach(key -> enqueue(key, occurrences.get(key).count));
  }

  private void merge(Pair pair, int merged, int w, Set<Long> fresh) {
    int[] word = words[w];
    long times = wordCounts[w];
    int[] out = new int[word.length];
    int n = 0;
    for (int i = 0; i < word.length; i++) {
      if (i + 1 < word.length && word[i] == pair.left && word[i + 1] == pair.right) {
        if (n > 0) {
          change(out[n - 1], pair.left, w, -times);
          change(out[n - 1], merged, w, times);
          fresh.add(Pair.key(out[n - 1], merged));
        }
        if (i + 2 < word.length) {
          change(pair.right, word[i + 2], w, -times);
          change(merged, word[i + 2], w, times);
          fresh.add(Pair.key(merged, word[i + 2]));
        }
        out[n++] = merged;
        i++;
      } else {
        out[n++] = word[i];
      }
    }
    words[w] = n == word.length ? word : Arrays.copyOf(out, n);
  }
}
