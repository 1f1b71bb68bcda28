package dev.millrace.reward.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumericRewardTest {

  /** In millionths. */
  private static final long BILLION = 1_000_000_000_000_000L;

  /** What numbers are written with, and what breaks readers of them. */
  private static final String ODD = "0123456789.,-+/%$eE{}\\ \u2212\u00bd()^";

  private final RewardFunction numeric = Inputs.function("numeric", "{}");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "The answer is 42.|42",
        "6 * 7 = 42|42",
        "I add 40 and 2, so it is 42 apples|42",
        "So \\boxed{42}, not 43|42",
        "first \\boxed{1}, then \\boxed{42}|42",
        "\\boxed{\\frac{3}{4}}|0.75",
        "\\boxed{\\text{x} = {42}}|42",
        "\\dfrac34|3/4",
        "-\\frac{3}{4}|-0.75",
        "2\\frac{1}{2}|2.5",
        "-2\\frac{1}{2}|-5/2",
        "3/4|0.75",
        "3 / 4 of it|0.75",
        "it weighs 2 1/2 kg|2.5",
        "2\u00bd|2.5",
        "\u00bd|0.5",
        "take 2 3/2|1.5",
        "1,234|1234",
        "1,234,567.50|1234567.5",
        "1{,}234|1234",
        "1\u202f234\u202f567|1234567",
        "it is 3, 14|14",
        "$1,234.50 in total|1234.5",
        "\\$18|18",
        "-$5|-5",
        "$-5|-5",
        "USD 12|12",
        "\u20ac7|7",
        "5kg|5",
        "25 m\u00b2|25",
        "25 m^{2}|25",
        "H2O has 3 atoms, named H2O|3",
        "1.5e3|1500",
        "1.5E-3|0.0015",
        "1.5 x 10^3|1500",
        "1.5 \\times 10^{-3}|0.0015",
        "1.5 \u00d7 10\u207b\u00b3|0.0015",
        "10^6|1000000",
        "-7|-7",
        "\u22127|-7",
        "x=-7|-7",
        "10-3|3",
        "\\boxed{- 7}|-7",
        ".5|1/2",
        "0.50|.5",
        "007|7",
        "\uff14\uff12|42",
        "<<48/2=24>>24~#### 72|72",
        "#### 72 (as 70 + 2)|72",
        "50%|50%",
        "50%|50",
        "50%|0.5",
        "50 \\%|50",
        "half, or 0.5|50%",
        "about 50 percent|0.5",
      })
  void states_the_answer(String text, String answer) {
    assertThat(numeric.score(Inputs.of(text.replace('~', '\n'), answer))).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "42 or 43|42",
        "\\boxed{43} since 42|42",
        "\\boxed{42|42",
        "\\boxed{}, 42|42",
        "#### none, 42 was wrong|43",
        "no number|42",
        "-42|42",
        "42.0000001|42",
        "1/3|0.333333",
        "50%|0.05",
        "1/0|0",
        "1e999999999|1",
        "1 x 10^99999999999|1",
      })
  void does_not_state_the_answer(String text, String answer) {
    assertThat(numeric.score(Inputs.of(text, answer))).isZero();
  }

  @Test
  void empty_completion_scores_zero() {
    assertThat(numeric.score(Inputs.of("", "42"))).isZero();
  }

  @Test
  void answer_without_a_number_is_no_zero_but_a_failure() {
    assertThatThrownBy(() -> numeric.score(Inputs.of("42", "forty-two")))
        .isInstanceOfSatisfying(
            RewardException.class, e -> assertThat(e.reason()).isEqualTo("answer-not-numeric"))
        .hasMessageContaining("forty-two");
  }

  @Test
  void tolerances_add_up() {
    var near = Inputs.function("numeric", "{'absolute': 0.01, 'relative': 0.001}");
    assertThat(near.score(Inputs.of("10.02", "10"))).isEqualTo(1);
    assertThat(near.score(Inputs.of("10.0200001", "10"))).isZero();
  }

  @Test
  void percent_may_be_read_one_way_only() {
    var byValue = Inputs.function("numeric", "{'percent': 'value'}");
    assertThat(byValue.score(Inputs.of("50%", "0.5"))).isEqualTo(1);
    assertThat(byValue.score(Inputs.of("50%", "50"))).isZero();
    var ignored = Inputs.function("numeric", "{'percent': 'ignore'}");
    assertThat(ignored.score(Inputs.of("50%", "50"))).isEqualTo(1);
    assertThat(ignored.score(Inputs.of("50%", "0.5"))).isZero();
  }

  @Test
  void only_the_answer_part_counts_when_asked_for() {
    var tagged = Inputs.function("numeric", "{'part': 'answer'}");
    assertThat(tagged.score(Inputs.of("<think>7</think><answer>42</answer> 7", "42"))).isEqualTo(1);
    assertThat(tagged.score(Inputs.of("42", "42"))).isZero();
    assertThat(tagged.score(Inputs.of("<answer>42", "42"))).isZero();
  }

  @RepeatedTest(300)
  void every_decimal_is_found_as_it_is_written(RepetitionInfo info) {
    BigDecimal value =
        BigDecimal.valueOf(new Random(info.getCurrentRepetition()).nextLong(-BILLION, BILLION), 6);
    String plain = value.toPlainString();
    assertThat(numeric.score(Inputs.of("It is " + plain + ".", plain))).isEqualTo(1);
    assertThat(numeric.score(Inputs.of(String.format(Locale.ROOT, "%,.6f kg", value), plain)))
        .isEqualTo(1);
    assertThat(numeric.score(Inputs.of(value.add(BigDecimal.ONE).toPlainString(), plain))).isZero();
    String scientific = value.unscaledValue() + "e" + -value.scale();
    assertThat(numeric.score(Inputs.of(scientific, plain))).isEqualTo(1);
  }

  @RepeatedTest(300)
  void every_fraction_equals_its_multiples(RepetitionInfo info) {
    var random = new Random(info.getCurrentRepetition());
    int over = random.nextInt(-999, 1000);
    int under = random.nextInt(1, 1000);
    int times = random.nextInt(1, 51);
    String answer = over + "/" + under;
    String latex = "\\boxed{\\frac{" + over * times + "}{" + under * times + "}}";
    assertThat(numeric.score(Inputs.of(latex, answer))).isEqualTo(1);
    BigInteger large = BigInteger.TEN.pow(30);
    var value = new Rational(BigInteger.valueOf(over), BigInteger.valueOf(under));
    var blown =
        new Rational(
            BigInteger.valueOf(over).multiply(large), BigInteger.valueOf(under).multiply(large));
    assertThat(blown).isEqualTo(value);
  }

  @RepeatedTest(200)
  void no_text_crashes_the_reader(RepetitionInfo info) {
    var random = new Random(info.getCurrentRepetition());
    String text =
        random
            .ints(random.nextInt(60), 0, 3)
            .mapToObj(
                kind ->
                    kind == 0
                        ? Character.toString(random.nextInt(Character.MAX_CODE_POINT + 1))
                        : String.valueOf(ODD.charAt(random.nextInt(ODD.length()))))
            .collect(Collectors.joining());
    double score = numeric.score(Inputs.of(text, "42"));
    assertThat(score).isBetween(0.0, 1.0);
  }

  @Test
  void hostile_texts_are_read_in_a_moment() {
    String digits = "9".repeat(200_000);
    for (String text :
        new String[] {
          digits,
          digits + "/" + digits,
          "1,".repeat(100_000),
          "1 ".repeat(100_000) + "/",
          "-".repeat(200_000),
          "\\frac{".repeat(40_000),
          "\\boxed{".repeat(40_000),
          "$ ".repeat(100_000),
          "10^{".repeat(60_000)
        }) {
      long begun = System.nanoTime();
      assertThat(numeric.score(Inputs.of(text, "42"))).isZero();
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(2));
    }
  }

  /** Runs where the data set lies: {@code -Dmillrace.test.gsm8k=FILE}. */
  @Test
  void every_reference_solution_of_grade_school_maths_scores_against_its_own_answer()
      throws Exception {
    String file = System.getProperty("millrace.test.gsm8k", "");
    assumeThat(file).as("-Dmillrace.test.gsm8k=FILE").isNotEmpty();
    var json = new ObjectMapper();
    int right = 0;
    for (String line : Files.readAllLines(Path.of(file))) {
      String solution = json.readTree(line).get("answer").textValue();
      String answer = solution.substring(solution.indexOf("####") + 4).strip();
      String boxed = solution.replaceFirst("#### .*", "\\\\\\\\boxed{" + answer + "}");
      assertThat(numeric.score(Inputs.of(solution, answer))).as(solution).isEqualTo(1);
      assertThat(numeric.score(Inputs.of(boxed, solution))).as(boxed).isEqualTo(1);
      assertThat(numeric.score(Inputs.of(answer + "1", answer))).as(answer).isZero();
      right++;
    }
    assertThat(right).isGreaterThan(1_000);
  }
}
