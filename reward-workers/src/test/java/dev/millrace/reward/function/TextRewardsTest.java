package dev.millrace.reward.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.millrace.contracts.avro.FinishReason;
import dev.millrace.contracts.avro.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextRewardsTest {

  @ParameterizedTest
  @CsvSource({
    "the cat sat, the cat sat, 1",
    "The CAT sat!, the cat sat, 1",
    "cat, the cat sat, 0.5",
    "the the the, the cat sat, 0.333333",
    "dog, the cat sat, 0",
    "東京都, 東京, 0.8",
  })
  void token_f1_counts_shared_words(String said, String answer, double f1) {
    assertThat(Inputs.function("token-f1", "{}").score(Inputs.of(said, answer)))
        .isCloseTo(f1, within(1e-6));
  }

  /** The example of Lin 2004: both have three words in common, only one has them in order. */
  @Test
  void rouge_l_wants_the_order() {
    var rouge = Inputs.function("rouge-l", "{}");
    assertThat(rouge.score(Inputs.of("police kill the gunman", "police killed the gunman")))
        .isEqualTo(0.75);
    assertThat(rouge.score(Inputs.of("the gunman kill police", "police killed the gunman")))
        .isEqualTo(0.5);
  }

  @RepeatedTest(50)
  void rouge_l_is_that_of_the_recursive_definition(RepetitionInfo repetition) {
    var random = new SplittableRandom(repetition.getCurrentRepetition());
    List<String> a = words(random);
    List<String> b = words(random);
    double expected = 2.0 * longest(a, b) / (a.size() + b.size());
    assertThat(RougeLReward.f1(a, b)).isCloseTo(expected, within(1e-12));
  }

  private static List<String> words(SplittableRandom random) {
    List<String> words = new ArrayList<>();
    for (int i = 1 + random.nextInt(7); i > 0; i--) {
      words.add("abc".substring(random.nextInt(3)).substring(0, 1));
    }
    return words;
  }

  private static int longest(List<String> a, List<String> b) {
    if (a.isEmpty() || b.isEmpty()) {
      return 0;
    }
    List<String> restA = a.subList(1, a.size());
    List<String> restB = b.subList(1, b.size());
    return a.getFirst().equals(b.getFirst())
        ? 1 + longest(restA, restB)
        : Math.max(longest(restA, b), longest(a, restB));
  }

  @Test
  void repetition_falls_with_every_run_that_comes_again() {
    var reward = Inputs.function("repetition", "{'words': 2}");
    assertThat(reward.score(Inputs.of("a b c d", null))).isEqualTo(1);
    assertThat(reward.score(Inputs.of("a b a b a", null))).isEqualTo(0.5);
    assertThat(reward.score(Inputs.of("a", null))).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "de|Der schnelle braune Fuchs springt über den faulen Hund und läuft davon.|1",
        "de|The quick brown fox jumps over the lazy dog and runs away.|0",
        "ja|これは日本語の文章です。|1",
      })
  void language_is_told_apart(String code, String text, double score) {
    var reward = Inputs.function("language", "{'language': '" + code + "'}");
    assertThat(reward.score(Inputs.of(text, null))).isEqualTo(score);
  }

  @Test
  void a_citation_counts_when_its_passage_says_so() {
    var reward = Inputs.function("citation", "{}");
    String passages =
        """
        Answer from these:
        [1] Kafka retains records until the retention time has passed.
        [2] Compaction keeps the newest record of every key.

        Question: what is kept?
        """;
    assertThat(reward.score(cited(passages, "Compaction keeps the newest record. [2]")))
        .isEqualTo(1);
    assertThat(reward.score(cited(passages, "Compaction keeps the newest record. [1]")))
        .isEqualTo(0);
    assertThat(reward.score(cited(passages, "Compaction keeps the newest record. [7]")))
        .isEqualTo(0);
    assertThat(reward.score(cited(passages, "Compaction keeps the newest record."))).isEqualTo(0);
    assertThat(
            reward.score(
                cited(
                    passages,
                    "Compaction keeps the newest record. [2] Zebras invented it in Paris. [1]")))
        .isEqualTo(0.5);
    assertThat(reward.score(cited(passages, ""))).isEqualTo(0);
  }

  private static RewardInput cited(String prompt, String text) {
    return new RewardInput(
        List.of(new Message("user", prompt)),
        Optional.empty(),
        text,
        FinishReason.STOP,
        10,
        List.of());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"sum\": 82}|1",
        "{\"sum\": \"82\"}|0.25",
        "{\"total\": 82}|0.25",
        "{\"sum\": 82} and more|0",
        "sum 82|0",
        "{\"sum\": 1, \"sum\": 82}|0",
      })
  void json_schema_tells_valid_from_wellformed(String text, double score) {
    var reward =
        Inputs.function(
            "json-schema",
            "{'partial': 0.25, 'schema': {'type': 'object', 'required': ['sum'],"
                + " 'properties': {'sum': {'type': 'integer'}}}}");
    assertThat(reward.score(Inputs.of(text, null))).isEqualTo(score);
    assertThat(reward.score(Inputs.of("```json\n" + text + "\n```", null))).isEqualTo(score);
  }

  @Test
  void wrong_options_are_named() {
    assertThatThrownBy(() -> Inputs.function("json-schema", "{}"))
        .hasMessageContaining("'schema' is missing");
    assertThatThrownBy(
            () ->
                Inputs.function("json-schema", "{'schema': {'$ref': 'http://example.com/s.json'}}"))
        .hasMessageContaining("http://example.com/s.json");
    assertThatThrownBy(() -> Inputs.function("language", "{'language': 'xx'}"))
        .hasMessageContaining("'xx'");
    assertThatThrownBy(() -> Inputs.function("http", "{'url': 'ftp://a'}"))
        .hasMessageContaining("ftp://a");
    assertThatThrownBy(() -> Inputs.function("http", "{'url': 'http://a', 'min': 2}"))
        .hasMessageContaining("'min'");
    assertThatThrownBy(() -> Inputs.function("learned", "{'model': '/no/such/folder'}"))
        .hasMessageContaining("/no/such/folder");
  }
}
