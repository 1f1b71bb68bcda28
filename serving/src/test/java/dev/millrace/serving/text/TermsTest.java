package dev.millrace.serving.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TermsTest {

  @Test
  void words_of_asking_are_left_out_and_the_rest_is_stemmed() {
    assertThat(Terms.asked("How do I list consumer groups?"))
        .containsExactly("list", "consum", "group");
    assertThat(Terms.asked("What is it?")).isEmpty();
  }

  @Test
  void name_with_dots_counts_whole_and_in_parts() {
    assertThat(Terms.of("log.retention.hours"))
        .contains("log.retention.hour", "log", "retent", "hour");
  }

  @Test
  void chinese_is_compared_in_pairs() {
    assertThat(Terms.of("消费者组")).containsExactly("消费", "费者", "者组");
  }
}
