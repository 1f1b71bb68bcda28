package dev.millrace.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class DeadLetterTest {

  private static DeadLetter letter(String error) {
    return new DeadLetter("documents", 3, 42, null, null, "preprocess", "corrupt", error);
  }

  @Test
  void origin_and_reason_stand_in_the_headers_beside_the_records_own() {
    var original = new RecordHeaders();
    original.add("trace", "t1".getBytes(StandardCharsets.UTF_8));

    var headers = letter("broken").headers(original);

    assertThat(DeadLetter.header(headers, "trace")).isEqualTo("t1");
    assertThat(DeadLetter.header(headers, DeadLetter.ORIGIN)).isEqualTo("documents");
    assertThat(DeadLetter.header(headers, DeadLetter.PARTITION)).isEqualTo("3");
    assertThat(DeadLetter.header(headers, DeadLetter.OFFSET)).isEqualTo("42");
    assertThat(DeadLetter.header(headers, DeadLetter.REASON)).isEqualTo("corrupt");
    assertThat(DeadLetter.header(headers, DeadLetter.ERROR)).isEqualTo("broken");
  }

  @Test
  void a_letter_that_failed_again_tells_of_its_last_failure() {
    var first = letter("first").headers(new RecordHeaders());

    var second = letter("second").headers(first);

    assertThat(second.headers(DeadLetter.ERROR)).hasSize(1);
    assertThat(DeadLetter.header(second, DeadLetter.ERROR)).isEqualTo("second");
  }

  @Test
  void an_error_is_one_line_of_bounded_length() {
    assertThat(letter("one\ntwo").error()).isEqualTo("one");
    assertThat(letter("x".repeat(5000)).error()).hasSize(2000);
    assertThat(letter(null).error()).isEmpty();
  }
}
