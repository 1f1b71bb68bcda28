package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.learner.run.RunFile;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

@ResourceLock(Resources.SYSTEM_OUT)
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
        .contains("demo", "up", "push", "delete", "ask", "search", "bench", "test", "doctor")
        .contains("train", "train-pairs", "replay", "rescore", "weights", "audit", "samples");
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

  @Test
  void a_run_is_printed_with_all_its_settings_and_can_be_read_again(@TempDir Path folder)
      throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("run.yaml"),
            """
            run: sums
            policy: policy
            start: {directory: model}
            algorithm: {name: grpo, advantage: {eps: 1.0e-4}}
            sampling: {stop: ["no", "1e3", "\\n"]}
            """);
    String printed = printed(0, "train", file.toString(), "--dry-run");

    assertThat(printed).contains("groupSize: 8", "maxStaleness: 1");
    Path again = Files.writeString(folder.resolve("again.yaml"), printed);
    assertThat(RunFile.read(again)).isEqualTo(RunFile.read(file));
    assertThat(printed(0, "train", again.toString(), "--dry-run")).isEqualTo(printed);
  }

  private String printed(int exit, String... words) {
    PrintStream before = System.out;
    var bytes = new ByteArrayOutputStream();
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      assertThat(run(words)).as(err.toString()).isEqualTo(exit);
    } finally {
      System.setOut(before);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void a_wrong_run_file_is_named_with_its_key_and_exits_with_2(@TempDir Path folder)
      throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("run.yaml"), "run: a\npolicy: p\nstart: {directory: m}\ngroupSize: 1\n");
    assertThat(run("train", file.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("run.yaml", "groupSize").hasLineCount(1);
    err.getBuffer().setLength(0);
    assertThat(run("train", folder.resolve("none.yaml").toString())).isEqualTo(2);
    assertThat(err.toString()).contains("none.yaml").hasLineCount(1);
  }
}
