package dev.millrace.serving.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SentenceSplitterTest {

  @Test
  void sentences_end_at_full_stops_but_not_at_abbreviations_or_inside_names() {
    assertThat(split("Set log.retention.hours, e.g. to 24. Then restart. Is it done? Yes!"))
        .containsExactly(
            "Set log.retention.hours, e.g. to 24.", "Then restart.", "Is it done?", "Yes!");
  }

  @Test
  void lines_that_an_editor_wrapped_are_one_sentence() {
    assertThat(split("The leader waits for the full set of in-sync replicas\nto acknowledge it."))
        .containsExactly(
            "The leader waits for the full set of in-sync replicas\nto acknowledge it.");
  }

  @Test
  void headings_items_commands_and_rows_stand_alone() {
    assertThat(split("Groups\n\nTo list them:\n$ bin/list.sh --all\n- one\n- two\na | b\nc | d"))
        .containsExactly(
            "Groups", "To list them:", "$ bin/list.sh --all", "- one", "- two", "a | b", "c | d");
  }

  @Test
  void other_scripts_have_sentences_too() {
    assertThat(split("这是第一句。这是第二句。")).containsExactly("这是第一句。", "这是第二句。");
  }

  @Test
  void nothing_comes_of_nothing() {
    assertThat(split("")).isEmpty();
    assertThat(split(" \n\n ")).isEmpty();
  }

  private static List<String> split(String text) {
    return SentenceSplitter.split(text).stream()
        .map(r -> text.substring(r.start(), r.end()))
        .toList();
  }
}
