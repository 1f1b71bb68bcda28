package dev.millrace.reward.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RewardFunctionsTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{}|Paris|paris|1",
        "{}| Paris. |Paris|1",
        "{}|New   York|New York|1",
        "{}|\uff30aris|Paris|1",
        "{}|It is Paris|Paris|0",
        "{}|?|!|0",
        "{'case-sensitive': true}|paris|Paris|0",
        "{'punctuation': true}|Paris.|Paris|0",
        "{'articles': false}|the Seine|Seine|1",
        "{'separator': ';'}|NYC|New York;NYC|1",
        "{'part': 'answer'}|x<answer> Paris</answer>|Paris|1",
        "{'part': 'after-think'}|<think>Rome?</think> Paris|Paris|1",
        "{'part': 'last-line'}|Rome?;Paris;|Paris|1",
      })
  void exact_compares_what_is_said(String options, String text, String answer, double score) {
    var exact = Inputs.function("exact", options);
    String lines = options.contains("last-line") ? text.replace(";", "\n") : text;
    assertThat(exact.score(Inputs.of(lines, answer))).isEqualTo(score);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<think>a</think><answer>b</answer>|1|1",
        " <think>a</think>~ <answer>b</answer>~|1|1",
        "<think>a</think><answer>b</answer> more|0|0.75",
        "<answer>b</answer><think>a</think>|0|0.75",
        "<think> </think><answer>b</answer>|0|0.75",
        "<think>a</think>|0|0.5",
        "<think>a</think><answer>b|0|0.75",
        "<think><think>a</think><answer>b</answer>|0|0.75",
        "plain|0|0",
      })
  void format_wants_each_tag_once_in_order(String text, double whole, double partial) {
    var input = Inputs.of(text.replace('~', '\n'), null);
    assertThat(Inputs.function("format", "{}").score(input)).isEqualTo(whole);
    assertThat(Inputs.function("format", "{'partial': true}").score(input)).isEqualTo(partial);
  }

  @ParameterizedTest
  @CsvSource({"16384,0", "18432,-0.5", "20480,-1", "20481,-1", "0,0"})
  void overlong_is_punished_as_published(int tokens, double score) {
    var overlong = Inputs.function("overlong", "{'max': 20480, 'cache': 4096}");
    assertThat(overlong.score(Inputs.ofTokens(tokens))).isEqualTo(score);
  }

  @RepeatedTest(200)
  void overlong_never_rises_with_length(RepetitionInfo info) {
    var random = new java.util.Random(info.getCurrentRepetition());
    int tokens = random.nextInt(30_001);
    int more = random.nextInt(501);
    var overlong = Inputs.function("overlong", "{'max': 20480, 'cache': 4096}");
    double shorter = overlong.score(Inputs.ofTokens(tokens));
    assertThat(shorter).isBetween(-1.0, 0.0);
    assertThat(overlong.score(Inputs.ofTokens(tokens + more))).isLessThanOrEqualTo(shorter);
  }

  @ParameterizedTest
  @CsvSource({"10,1", "20,1", "9,0.8", "22,0.6", "25,0", "1000,0", "0,0"})
  void length_falls_beyond_its_bounds(int tokens, double score) {
    var length = Inputs.function("length", "{'min': 10, 'max': 20, 'slack': 4}");
    assertThat(length.score(Inputs.ofTokens(tokens))).isEqualTo(score);
  }

  @Test
  void stopped_tells_whether_the_completion_was_cut_off() {
    var stopped = Inputs.function("stopped", "{}");
    assertThat(stopped.score(Inputs.of("a", null))).isEqualTo(1);
    assertThat(stopped.score(Inputs.ofTokens(3))).isZero();
  }

  @Test
  void regex_may_name_the_answer() {
    var regex = Inputs.function("regex", "{'pattern': '^So: {answer}$', 'full': true}");
    assertThat(regex.needsAnswer()).isTrue();
    assertThat(regex.score(Inputs.of("So: a.b", "a.b"))).isEqualTo(1);
    assertThat(regex.score(Inputs.of("So: axb", "a.b"))).isZero();
    var plain = Inputs.function("regex", "{'pattern': 'ANSWER', 'ignore-case': true}");
    assertThat(plain.needsAnswer()).isFalse();
    assertThat(plain.score(Inputs.of("my answer", null))).isEqualTo(1);
  }

  @Test
  void regex_that_backtracks_without_end_is_stopped() {
    var evil = Inputs.function("regex", "{'pattern': '^(.*?,){25}P', 'deadline-ms': 50}");
    long begun = System.nanoTime();
    assertThatThrownBy(() -> evil.score(Inputs.of("1,".repeat(60), null)))
        .isInstanceOfSatisfying(
            RewardException.class, e -> assertThat(e.reason()).isEqualTo("regex-timeout"));
    assertThat((System.nanoTime() - begun) / 1e9).isLessThan(2);
  }

  @Test
  void regex_that_recurses_too_deeply_fails_its_group_only() {
    var deep = Inputs.function("regex", "{'pattern': '(?:a|b)*c', 'deadline-ms': 5000}");
    assertThatThrownBy(() -> deep.score(Inputs.of("ab".repeat(500_000), null)))
        .isInstanceOfSatisfying(
            RewardException.class, e -> assertThat(e.reason()).startsWith("regex-t"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "nope|{}|reward 'nope' is not known; there are citation, exact, format,",
        "numeric|{'relativ': 1}|option 'relativ' is not known; there are [absolute, part,",
        "numeric|{'part': 'end'}|option 'part' is \"end\" but must be one of all, answer,",
        "numeric|{'absolute': -1}|option 'absolute' is -1 but must be a number of 0 or more",
        "regex|{}|option 'pattern' is missing",
        "regex|{'pattern': '('}|option 'pattern' is no regular expression: Unclosed group",
        "length|{}|option 'max' is missing",
        "length|{'min': 3, 'max': 2}|option 'min' is 3, more than 'max', 2",
        "overlong|{'max': 2}|option 'cache' is missing",
        "overlong|{'max': 2, 'cache': 3}|option 'cache' is 3, more than 'max', 2",
        "format|{'tags': ['<a>']}|option 'tags': '<a>' is no tag; write it without <>",
      })
  void wrong_options_are_named(String name, String options, String message) {
    assertThatThrownBy(() -> Inputs.function(name, options))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message.replace("\"\"", "\""));
  }
}
