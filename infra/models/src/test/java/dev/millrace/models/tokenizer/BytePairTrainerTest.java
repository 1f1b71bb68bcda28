package dev.millrace.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BytePairTrainerTest {

  @TempDir Path directory;

  private static List<String> merges(TokenizerDefinition definition) {
    List<String> merges = new ArrayList<>();
    definition.tokenizer().path("model").path("merges").forEach(m -> merges.add(m.asText()));
    return merges;
  }

  @Test
  void the_most_frequent_pair_is_merged_first_and_ties_go_to_smaller_ids() {
    // "aab" x 3, "ab" x 2: (a,b) 5, (a,a) 3; then "a ab" 3.
    TokenizerDefinition trained =
        BytePairTrainer.train(List.of("aab", "aab", "aab", "ab", "ab"), 300, List.of());
    assertThat(merges(trained)).containsExactly("a b", "a ab");

    TokenizerDefinition tied =
        BytePairTrainer.train(List.of("cd", "ab", "cd", "ab"), 257, List.of());
    assertThat(merges(tied)).containsExactly("a b");
  }

  /** The definition of BPE, counted anew before every merge. */
  private static List<String> oracle(List<String> words, int merges) {
    List<List<String>> split = new ArrayList<>();
    for (String word : words) {
      split.add(new ArrayList<>(word.chars().mapToObj(c -> "" + (char) c).toList()));
    }
    Map<String, Integer> ids = new HashMap<>();
    for (char c = 0; c < 128; c++) {
      ids.put("" + c, (int) c);
    }
    List<String> result = new ArrayList<>();
    while (result.size() < merges) {
      Map<List<String>, Integer> counts = new HashMap<>();
      for (List<String> word : split) {
        for (int i = 0; i + 1 < word.size(); i++) {
          counts.merge(List.of(word.get(i), word.get(i + 1)), 1, Integer::sum);
        }
      }
      List<String> best =
          counts.entrySet().stream()
              .filter(e -> e.getValue() >= 2)
              .min(
                  (a, b) ->
                      a.getValue() != b.getValue().intValue()
                          ? b.getValue() - a.getValue()
                          : !a.getKey().get(0).equals(b.getKey().get(0))
                              ? ids.get(a.getKey().get(0)) - ids.get(b.getKey().get(0))
                              : ids.get(a.getKey().get(1)) - ids.get(b.getKey().get(1)))
              .map(Map.Entry::getKey)
              .orElse(null);
      if (best == null) {
        break;
      }
      result.add(best.get(0) + " " + best.get(1));
      String merged = best.get(0) + best.get(1);
      ids.putIfAbsent(merged, 256 + ids.size());
      for (List<String> word : split) {
        for (int i = 0; i + 1 < word.size(); i++) {
          if (word.get(i).equals(best.get(0)) && word.get(i + 1).equals(best.get(1))) {
            word.set(i, merged);
            word.remove(i + 1);
          }
        }
      }
    }
    return result;
  }

  @Test
  void incremental_counts_agree_with_counting_anew() {
    Random random = new Random(7);
    for (int round = 0; round < 30; round++) {
      List<String> words = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        StringBuilder word = new StringBuilder();
        int length = 1 + random.nextInt(9);
        for (int j = 0; j < length; j++) {
          word.append((char) ('a' + random.nextInt(3)));
        }
        words.add(word.toString());
      }
      List<String> learned = merges(BytePairTrainer.train(words, 256 + 40, List.of()));
      assertThat(learned).isEqualTo(oracle(words, 40)).hasSizeGreaterThan(15);
    }
  }

  @Test
  void the_order_of_texts_does_not_matter_and_bytes_are_equal() {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      texts.add("text number " + i * i + " with größe and 漢字");
    }
    JsonNode first = BytePairTrainer.train(texts, 400, List.of("<s>")).tokenizer();
    Collections.shuffle(texts, new Random(3));
    JsonNode second = BytePairTrainer.train(texts, 400, List.of("<s>")).tokenizer();
    assertThat(second.toString()).isEqualTo(first.toString());
  }

  @Test
  void training_words_become_single_tokens() {
    BytePairTrainer.train(Collections.nCopies(3, "the river mill"), 300, List.of("<|end|>"))
        .write(directory);
    try (Tokenizer tokenizer = Tokenizer.open(directory)) {
      int[] ids = tokenizer.encode("the river mill");
      assertThat(ids).hasSize(3);
      assertThat(tokenizer.token(ids[1])).isEqualTo("Ġriver");
    }
  }

  @Test
  void a_special_token_in_the_texts_is_never_made_of_parts() {
    TokenizerDefinition trained =
        BytePairTrainer.train(Collections.nCopies(9, "abab"), 300, List.of("abab"));
    assertThat(merges(trained)).containsExactly("a b");
    assertThat(trained.tokenizer().path("model").path("vocab").path("abab").asInt()).isZero();
  }

  @Test
  void impossible_sizes_and_special_tokens_are_refused() {
    assertThatThrownBy(() -> BytePairTrainer.train(List.of(), 256, List.of("<s>")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a vocabulary of 256 has no room for 256 bytes and 1 special tokens");
    assertThatThrownBy(() -> BytePairTrainer.train(List.of(), 300, List.of("<s>", "<s>")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not distinct");
  }
}
