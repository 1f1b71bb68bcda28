package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {

  private final StringWriter err = new StringWriter();
  private final StringWriter out = new StringWriter();

  private int run(String... words) {
    return Main.commandLine()
        .setErr(new PrintWriter(err))
        .setOut(new PrintWriter(out))
        .execute(words);
  }

  @Test
  void help_lists_every_command_and_exits_with_0() {
    assertThat(run("--help")).isZero();
    assertThat(out.toString())
        .contains("demo", "up", "push", "delete", "ask", "search", "bench", "test", "doctor");
  }

  @Test
  void an_unknown_option_is_one_line_and_exits_with_2() {
    assertThat(run("up", "--bogus")).isEqualTo(2);
    assertThat(err.toString()).startsWith("millrace: ").contains("--bogus").hasLineCount(1);
  }

  @Test
  void an_unknown_command_is_one_line_and_exits_with_2() {
    assertThat(run("upp")).isEqualTo(2);
    assertThat(err.toString()).contains("upp").hasLineCount(1);
  }

  @Test
  void no_command_exits_with_2() {
    assertThat(run()).isEqualTo(2);
  }

  @Test
  void nothing_running_is_said_in_one_line_with_what_to_do(@TempDir Path empty) {
    assertThat(run("--data", empty.toString(), "ask", "what?")).isEqualTo(1);
    assertThat(err.toString()).contains("./millrace up", empty.toString()).hasLineCount(1);
  }

  @Test
  void an_unknown_benchmark_names_those_that_exist() {
    assertThat(run("bench", "nonsense")).isEqualTo(2);
    assertThat(err.toString()).contains("nonsense", "freshness", "retrieval").hasLineCount(1);
  }

  @Test
  void a_missing_settings_file_is_named() {
    assertThat(run("--config", "none.properties", "doctor")).isEqualTo(2);
    assertThat(err.toString()).contains("none.properties").hasLineCount(1);
  }

  @Test
  void a_wrong_setting_is_named_and_exits_with_2(@TempDir Path empty) {
    assertThat(
            run(
                "--data",
                empty.toString(),
                "--set",
                "millrace.topics.partitions=many",
                "delete",
                "document",
                "x"))
        .isEqualTo(2);
    assertThat(err.toString()).contains("millrace.topics.partitions", "'many'").hasLineCount(1);
  }

  @Test
  void completion_is_generated() {
    assertThat(run("generate-completion")).isZero();
  }
}
