package dev.millrace.models.tokenizer;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Learns a byte-level BPE vocabulary (Sennrich et al. 2016, over bytes as in GPT-2). The same texts
 * in any order give the same tokenizer: the most frequent pair is merged first, of equally frequent
 * ones that with the smaller ids.
 */
public final class BytePairTrainer {

  /** GPT-2's split, which the written tokenizer uses as well. */
  private static final Pattern WORDS =
      Pattern.compile(
          "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
          Pattern.UNICODE_CHARACTER_CLASS);

  private BytePairTrainer() {}

  /**
   * @param texts what to learn from; read once
   * @param size tokens wanted, special ones and the 256 bytes included; fewer if the texts do not
   *     repeat themselves enough
   * @param special tokens such as {@code <|endoftext|>}, with the ids from 0
   * @throws IllegalArgumentException if {@code size} has no room for bytes and special tokens
   */
  public static TokenizerDefinition train(Iterable<String> texts, int size, List<String> special) {
    if (size < 256 + special.size()) {
      throw new IllegalArgumentException(
          "a vocabulary of %d has no room for 256 bytes and %d special tokens"
              .formatted(size, special.size()));
    }
    if (new HashSet<>(special).size() != special.size()
        || special.stream().anyMatch(String::isEmpty)) {
      throw new IllegalArgumentException("special tokens are empty or not distinct: " + special);
    }
    List<String> vocabulary = new ArrayList<>(special);
    for (int b = 0; b < 256; b++) {
      vocabulary.add(ByteLevelAlphabet.spell(new byte[] {(byte) b}));
    }
    List<String> merges = new ArrayList<>();
    BytePairMerges pairs = new BytePairMerges(words(texts), special.size());
    Map<String, Integer> ids = new HashMap<>();
    vocabulary.forEach(token -> ids.put(token, ids.size()));
    Set<Long> merged = new HashSet<>();
    for (BytePairMerges.Pair best; vocabulary.size() < size; ) {
      best = pairs.mostFrequent();
      if (best == null) {
        break;
      }
      String left = vocabulary.get(best.left());
      String right = vocabulary.get(best.right());
      // Two ways can lead to one token (a+bc, ab+c): it keeps its first id. A special token is
      // never made of parts: its text would then mean two things.
      Integer known = ids.get(left + right);
      if (known != null && known < special.size()) {
        pairs.forget(best);
        continue;
      }
      pairs.merge(best, known == null ? vocabulary.size() : known);
      if (merged.add(best.key())) {
        merges.add(left + " " + right);
      }
      if (known == null) {
        ids.put(left + right, vocabulary.size());
        vocabulary.add(left + right);
      }
    }
    ObjectNode byteLevel =
        JsonNodeFactory.instance
            .objectNode()
            .put("type", "ByteLevel")
            .put("add_prefix_space", false)
            .put("trim_offsets", true)
            .put("use_regex", true);
    return TokenizerDefinition.bpe(vocabulary, merges, special, byteLevel, byteLevel.deepCopy());
  }

  private static Map<String, Long> words(Iterable<String> texts) {
    Map<String, Long> counts = new HashMap<>();
    for (String text : texts) {
      Matcher matcher = WORDS.matcher(text);
      while (matcher.find()) {
        counts.merge(matcher.group(), 1L, Long::sum);
      }
    }
    return counts;
  }

  static byte[] utf8(String word) {
    return word.getBytes(StandardCharsets.UTF_8);
  }
}
