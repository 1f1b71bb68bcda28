package dev.millrace.models.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LightStemmerTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "partition partitions partitioned partitioning",
        "study studies studied studying",
        "stop stops stopped stopping",
        "hope hopes hoped hoping",
        "make makes making",
        "measure measures measured measuring",
        "class classes",
        "box boxes",
        "match matches matched matching",
        "replicate replicates replicated replicating",
        "call calls called calling",
        "key keys keyed",
        "quick quickly"
      })
  void inflected_forms_meet(String forms) {
    Set<String> stems =
        Arrays.stream(forms.split(" ")).map(LightStemmerTest::stem).collect(Collectors.toSet());

    assertThat(stems).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"wing win", "plane plan", "status state", "need ned", "bus bu", "thing th"})
  void different_words_stay_apart(String words) {
    String[] pair = words.split(" ");

    assertThat(stem(pair[0])).isNotEqualTo(stem(pair[1]));
  }

  private static String stem(String word) {
    char[] chars = Arrays.copyOf(word.toCharArray(), word.length() + 1);
    return new String(chars, 0, LightStemmer.stem(chars, word.length()));
  }
}
