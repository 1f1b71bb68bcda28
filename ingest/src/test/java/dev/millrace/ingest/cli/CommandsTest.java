package dev.millrace.ingest.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.devstack.ServerKind;
import dev.millrace.ingest.DocumentProducer;
import dev.millrace.ingest.DocumentRules;
import dev.millrace.ingest.PromptProducer;
import dev.millrace.ingest.RealLog;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class CommandsTest {

  private record Said(int status, String out, String err) {}

  @TempDir Path docs;
  @TempDir Path state;

  private RealLog log;
  private int maxBytes = DocumentRules.DEFAULT_MAX_BYTES;

  @BeforeEach
  void start(Servers servers) throws IOException {
    log = new RealLog(servers);
    write("a.txt", "A");
    write("sub/b.md", "# B");
  }

  @AfterEach
  void stop() {
    log.close();
  }

  @Test
  void a_second_push_sends_nothing_and_a_changed_file_sends_one() throws IOException {
    assertThat(push(docs).out()).startsWith("2 documents sent, 0 unchanged");
    assertThat(push(docs).out()).startsWith("0 documents sent, 2 unchanged");
    write("a.txt", "A2");
    assertThat(push(docs).out()).startsWith("1 document sent, 1 unchanged");
    assertThat(log.state())
        .containsEntry("a.txt", "A2")
        .containsEntry("sub/b.md", "# B")
        .hasSize(2);
    assertThat(log.records()).hasSize(3);
    assertThat(push(docs, "--force").out()).startsWith("2 documents sent");
    assertThat(push(docs, "--acl", "me").out()).startsWith("2 documents sent");
    assertThat(log.records().getLast().value().getAcl()).containsExactly("me");
  }

  @Test
  void only_what_vanished_from_the_given_folder_is_deleted() throws IOException {
    push(docs);
    Path other = Files.createDirectories(state.resolve("other"));
    Files.writeString(other.resolve("c.txt"), "C");
    push(other);
    Files.delete(docs.resolve("a.txt"));
    assertThat(push(docs).out()).doesNotContain("deleted");
    assertThat(push(docs, "--delete-missing").out()).contains("1 deleted");
    assertThat(log.state()).containsOnlyKeys("sub/b.md", "c.txt");
    assertThat(push(docs, "--delete-missing").out()).doesNotContain("deleted");
    write("a.txt", "A");
    assertThat(push(docs).out()).startsWith("1 document sent");
  }

  @Test
  void a_folder_that_is_gone_deletes_nothing() throws IOException {
    push(docs);
    Said said = push(docs.resolve("nowhere"), "--delete-missing");
    assertThat(said.status()).isEqualTo(1);
    assertThat(said.err()).contains("nowhere: no such file or folder");
    assertThat(log.state()).hasSize(2);
  }

  @Test
  void lines_that_vanish_from_a_file_and_files_of_lines_that_vanish_are_deleted()
      throws IOException {
    write("x.jsonl", "{\"id\":\"1\",\"text\":\"a\"}\n{\"id\":\"2\",\"text\":\"b\"}\n");
    write("y.jsonl", "{\"id\":\"3\",\"text\":\"c\"}\n");
    push(docs, "--delete-missing");
    assertThat(log.state()).containsOnlyKeys("1", "2", "3", "a.txt", "sub/b.md");
    write("x.jsonl", "{\"id\":\"1\",\"text\":\"a\"}\n");
    Files.delete(docs.resolve("y.jsonl"));
    assertThat(push(docs, "--delete-missing").out()).contains("2 deleted");
    assertThat(log.state()).containsOnlyKeys("1", "a.txt", "sub/b.md");
    write("x.jsonl", "broken\n");
    Said said = push(docs, "--delete-missing");
    assertThat(said.err()).contains("x.jsonl:1: not JSON");
    assertThat(log.state()).containsKey("1");
  }

  @Test
  void a_bad_line_is_named_the_rest_arrives_and_the_status_is_1() throws IOException {
    Path lines =
        write("x.jsonl", "{\"id\":\"1\",\"text\":\"a\"}\n[]\n{\"id\":\"3\",\"text\":\"c\"}\n");
    Said said = push(lines);
    assertThat(said.status()).isEqualTo(1);
    assertThat(said.err()).isEqualToIgnoringNewLines(lines + ":2: not a JSON object but array");
    assertThat(said.out()).startsWith("2 documents sent, 0 unchanged, 1 failed");
    assertThat(log.state()).containsOnlyKeys("1", "3");
  }

  @Test
  void a_file_too_large_is_named_with_the_limit_and_the_rest_arrives() throws IOException {
    maxBytes = 10;
    write("large.bin", "x".repeat(11));
    Said said = push(docs);
    assertThat(said.status()).isEqualTo(1);
    assertThat(said.err().lines()).singleElement().asString().contains("large.bin", "11", "10");
    assertThat(log.state()).containsOnlyKeys("a.txt", "sub/b.md");
  }

  @Test
  void two_files_that_claim_one_id_are_told() throws IOException {
    Path other = Files.createDirectories(state.resolve("other"));
    Files.writeString(other.resolve("a.txt"), "other A");
    Said said = run("push", "documents", docs.toString(), other.toString());
    assertThat(said.status()).isEqualTo(1);
    assertThat(said.err()).contains(other.resolve("a.txt").toString(), "--id-prefix");
    assertThat(log.state()).containsEntry("a.txt", "A");
  }

  @Test
  void a_deleted_document_comes_back_with_the_next_push() {
    push(docs);
    Said said = run("delete", "document", "a.txt", "unknown");
    assertThat(said.status()).isZero();
    assertThat(said.out()).startsWith("deleted 2 documents");
    assertThat(log.state()).containsOnlyKeys("sub/b.md");
    assertThat(push(docs).out()).startsWith("1 document sent, 1 unchanged");
    assertThat(log.state()).hasSize(2);
  }

  @Test
  void wrong_usage_is_status_2() {
    assertThat(run("push").status()).isEqualTo(2);
    assertThat(run("push", "documents").status()).isEqualTo(2);
    assertThat(run("push", "documents", docs.toString(), "--nonsense").status()).isEqualTo(2);
    assertThat(run("push", "documents", "--watch", "-").err()).contains("standard input");
    assertThat(run("push", "documents", docs.toString(), "--include", "[").err()).contains("'['");
    assertThat(run("push", "documents", docs.toString(), "--id", "x").status()).isEqualTo(2);
    assertThat(run("push", "documents", "-", "--format", "text").err()).contains("--id");
    assertThat(run("delete", "document").status()).isEqualTo(2);
    assertThat(run("delete", "document", "").status()).isEqualTo(2);
  }

  private Said push(Path path, String... options) {
    List<String> arguments = new ArrayList<>(List.of("push", "documents", path.toString()));
    arguments.addAll(List.of(options));
    return run(arguments.toArray(new String[0]));
  }

  private Said run(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    int status =
        Commands.line(
                new Connections() {
                  @Override
                  public DocumentProducer documents() {
                    return log.producer(new DocumentRules(maxBytes));
                  }

                  @Override
                  public PromptProducer prompts() {
                    throw new UnsupportedOperationException("documents only");
                  }

                  @Override
                  public Path stateFolder() {
                    return state.resolve("push");
                  }
                })
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments);
    return new Said(status, out.toString(), err.toString());
  }

  private Path write(String name, String text) throws IOException {
    Path file = docs.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }
}
