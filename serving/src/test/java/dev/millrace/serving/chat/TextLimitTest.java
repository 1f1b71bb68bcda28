package dev.millrace.serving.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.models.embedding.TokenCounter;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextLimitTest {

  private static final TokenCounter WORDS = t -> t.isBlank() ? 0 : t.strip().split("\\s+").length;

  @Test
  void text_without_limits_passes_unchanged() {
    TextLimit limit = new TextLimit(ChatTurn.Limits.NONE, WORDS);
    assertThat(limit.add("one ") + limit.add("two") + limit.rest()).isEqualTo("one two");
    assertThat(limit.reached()).isEmpty();
  }

  @Test
  void stop_text_is_found_across_pieces_and_left_out() {
    TextLimit limit = new TextLimit(new ChatTurn.Limits(100, List.of("STOP")), WORDS);
    assertThat(limit.add("a ST")).isEqualTo("a ");
    assertThat(limit.add("OP b") + limit.rest()).isEmpty();
    assertThat(limit.reached()).contains(Finish.Reason.STOP);
  }

  @Test
  void beginning_of_a_stop_text_that_goes_on_otherwise_is_given_later() {
    TextLimit limit = new TextLimit(new ChatTurn.Limits(100, List.of("STOP")), WORDS);
    assertThat(limit.add("a ST") + limit.add("ART") + limit.add("S") + limit.rest())
        .isEqualTo("a STARTS");
  }

  @Test
  void piece_that_does_not_fit_is_cut_between_words() {
    TextLimit limit = new TextLimit(new ChatTurn.Limits(3, List.of()), WORDS);
    assertThat(limit.add("one two ") + limit.add("three four") + limit.rest().strip())
        .startsWith("one two three")
        .doesNotContain("four");
    assertThat(limit.reached()).contains(Finish.Reason.LENGTH);
    assertThat(limit.tokens()).isEqualTo(3);
  }
}
