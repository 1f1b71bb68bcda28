package dev.millrace.models.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordTokensTest {

  private final TokenCounter tokens = new WordTokens();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|0",
        "' \t\n '|0",
        "one|1",
        "one two|2",
        "Stop, now!|4",
        "log.retention.ms|5",
        "東京都|3",
        "Kafka は速い。|5",
        "naïve|1",
        "नमस्ते|1",
        "👍 ok|2"
      })
  void counts_words_marks_and_cjk_characters(String text, int expected) {
    assertThat(tokens.count(text)).isEqualTo(expected);
  }

  @Test
  void a_run_without_breaks_counts_by_its_length() {
    assertThat(tokens.count("x".repeat(1_000_000))).isEqualTo(50_000);
  }

  @Test
  void half_a_surrogate_pair_is_one_token() {
    assertThat(tokens.count("\ud83d")).isEqualTo(1);
  }
}
