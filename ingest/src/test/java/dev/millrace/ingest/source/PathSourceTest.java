package dev.millrace.ingest.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.ingest.DocumentRules;
import dev.millrace.ingest.Documents;
import dev.millrace.ingest.source.SourceSettings.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PathSourceTest {

  @TempDir Path root;

  @Test
  void a_folder_gives_its_files_under_their_relative_paths() throws IOException {
    write("a.txt", "A");
    write("sub/deep/b.html", "B");

    var found = Recorded.of(source());

    assertThat(found.documents.keySet()).containsExactly("a.txt", "sub/deep/b.html");
    var document = found.documents.get("sub/deep/b.html");
    assertThat(Documents.text(document)).isEqualTo("B");
    assertThat(document.getFileName()).isEqualTo("b.html");
    assertThat(document.getUri()).startsWith("file:///").endsWith("/sub/deep/b.html");
    assertThat(found.faults).isEmpty();
    assertThat(found.progress).isEqualTo(source().size()).isEqualTo(2);
  }

  @Test
  void the_folder_may_be_written_in_any_way() throws IOException {
    write("sub/a.txt", "A");
    for (Path path :
        List.of(root, root.resolve("."), root.resolve("sub/.."), Path.of(root + "/"))) {
      assertThat(Recorded.of(new PathSource(path, new SourceSettings())).documents)
          .as("%s", path)
          .containsOnlyKeys("sub/a.txt");
    }
    assertThat(new PathSource(root.resolve("sub/.."), new SourceSettings()).name())
        .isEqualTo(source().name());
  }

  @Test
  void hidden_files_and_folders_are_skipped() throws IOException {
    write(".git/config", "x");
    write(".hidden", "x");
    write("a.txt", "x");
    assertThat(Recorded.of(source()).documents).containsOnlyKeys("a.txt");
  }

  @Test
  void a_hidden_folder_that_is_asked_for_is_read() throws IOException {
    write(".notes/a.txt", "x");
    var found = Recorded.of(new PathSource(root.resolve(".notes"), new SourceSettings()));
    assertThat(found.documents).containsOnlyKeys("a.txt");
  }

  @Test
  void link_loops_end_and_every_folder_is_visited_once() throws IOException {
    write("a/x.txt", "x");
    write("b/y.txt", "y");
    Files.createSymbolicLink(root.resolve("a/to-b"), root.resolve("b"));
    Files.createSymbolicLink(root.resolve("b/to-a"), root.resolve("a"));
    Files.createSymbolicLink(root.resolve("a/self"), Path.of("."));
    Files.createSymbolicLink(root.resolve("up"), root.getParent());
    var found = Recorded.of(source());
    assertThat(found.documents).containsOnlyKeys("a/x.txt", "b/y.txt");
    assertThat(found.faults).isEmpty();
  }

  @Test
  void links_out_of_the_folder_are_followed(@TempDir Path other) throws IOException {
    Files.writeString(other.resolve("x.txt"), "x");
    Files.createSymbolicLink(root.resolve("linked"), other);
    Files.createSymbolicLink(root.resolve("again"), other);
    Files.createSymbolicLink(root.resolve("file.txt"), other.resolve("x.txt"));
    assertThat(Recorded.of(source()).documents).containsOnlyKeys("again/x.txt", "file.txt");
  }

  @Test
  void a_link_to_nothing_and_a_missing_path_are_one_fault_each() throws IOException {
    Files.createSymbolicLink(root.resolve("broken"), root.resolve("nowhere"));
    write("a.txt", "x");
    var found = Recorded.of(source());
    assertThat(found.documents).containsOnlyKeys("a.txt");
    assertThat(found.faults)
        .singleElement()
        .hasToString(root.resolve("broken") + ": no such file or folder");
    var missing = Recorded.of(new PathSource(root.resolve("missing"), new SourceSettings()));
    assertThat(missing.faults)
        .singleElement()
        .hasToString(root.resolve("missing") + ": no such file or folder");
  }

  @Test
  void globs_choose_by_name_and_by_path_and_exclusion_wins() throws IOException {
    write("a.html", "x");
    write("a.txt", "x");
    write("docs/b.html", "x");
    write("docs/old/c.html", "x");
    assertThat(with(List.of("*.html"), List.of()))
        .containsExactly("a.html", "docs/b.html", "docs/old/c.html");
    assertThat(with(List.of("docs/*.html"), List.of())).containsExactly("docs/b.html");
    assertThat(with(List.of("*.html"), List.of("old"))).containsExactly("a.html", "docs/b.html");
    assertThat(with(List.of(), List.of("docs/**", "*.txt"))).containsExactly("a.html");
    assertThatThrownBy(() -> new Globs(List.of("[x"), List.of())).hasMessageContaining("[x");
  }

  @Test
  void a_single_file_is_named_by_its_name_and_globs_do_not_apply() throws IOException {
    write("sub/a.txt", "A");
    var settings = settings(Format.AUTO, new Globs(List.of("*.html"), List.of()), Stamp.NONE);
    assertThat(Recorded.of(new PathSource(root.resolve("sub/a.txt"), settings)).documents)
        .containsOnlyKeys("a.txt");
  }

  @Test
  void ids_are_in_normal_form_c() throws IOException {
    assumeTrue("UTF-8".equals(System.getProperty("sun.jnu.encoding")));
    write("u\u0308ber.txt", "x");
    assertThat(Recorded.of(source()).documents).containsOnlyKeys("\u00fcber.txt");
  }

  @Test
  void the_stamp_gives_prefix_principals_and_metadata() throws IOException {
    write("a.txt", "x");
    var stamp = new Stamp("p/", List.of("me"), Map.of("k", "v"), Optional.of("text/x-log"));
    var document =
        Recorded.of(new PathSource(root, settings(Format.AUTO, Globs.ALL, stamp)))
            .documents
            .get("p/a.txt");
    assertThat(document.getId()).isEqualTo("p/a.txt");
    assertThat(document.getAcl()).containsExactly("me");
    assertThat(document.getMetadata()).isEqualTo(Map.of("k", "v"));
    assertThat(document.getContentType()).isEqualTo("text/x-log");
  }

  @Test
  void lines_files_are_read_as_lines_unless_told_otherwise() throws IOException {
    write("d/a.jsonl", "{\"id\":\"1\",\"text\":\"x\"}\n{\"text\":\"y\"}\n");
    assertThat(Recorded.of(source()).documents).containsOnlyKeys("1", "d/a.jsonl#2");
    assertThat(
            Recorded.of(new PathSource(root, settings(Format.TEXT, Globs.ALL, Stamp.NONE)))
                .documents)
        .containsOnlyKeys("d/a.jsonl");
  }

  @Test
  void the_fingerprint_follows_the_file_and_is_not_trusted_when_fresh() throws IOException {
    Path file = write("a.txt", "x");
    assertThat(Recorded.of(source()).fingerprints).containsEntry("a.txt", 0L);

    var old = new FileState(1, 1_000, 2_000, 7, Long.MAX_VALUE);
    long print = old.fingerprint(1);
    assertThat(print).isNotZero().isEqualTo(old.fingerprint(1));
    assertThat(
            List.of(
                old.fingerprint(2),
                new FileState(2, 1_000, 2_000, 7, Long.MAX_VALUE).fingerprint(1),
                new FileState(1, 1_001, 2_000, 7, Long.MAX_VALUE).fingerprint(1),
                new FileState(1, 1_000, 2_001, 7, Long.MAX_VALUE).fingerprint(1),
                new FileState(1, 1_000, 2_000, 8, Long.MAX_VALUE).fingerprint(1)))
        .doesNotContain(print)
        .doesNotHaveDuplicates();
    assertThat(FileState.of(file).size()).isEqualTo(1);
  }

  @Test
  void a_file_that_is_being_written_is_left_for_later() throws IOException {
    write("fresh.txt", "x");
    Path old = write("old.txt", "x");
    Files.setLastModifiedTime(old, FileTime.from(Instant.now().minusSeconds(60)));
    var settings =
        new SourceSettings(
            Format.AUTO, Globs.ALL, Stamp.NONE, new DocumentRules(), Duration.ofSeconds(30));
    var found = Recorded.of(new PathSource(root, settings));
    assertThat(found.documents).containsOnlyKeys("old.txt");
    assertThat(found.unsettled).containsExactly("fresh.txt");
  }

  private Path write(String path, String text) throws IOException {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private PathSource source() {
    return new PathSource(root, new SourceSettings());
  }

  private java.util.Set<String> with(List<String> include, List<String> exclude) {
    var settings = settings(Format.AUTO, new Globs(include, exclude), Stamp.NONE);
    return Recorded.of(new PathSource(root, settings)).documents.keySet();
  }

  private static SourceSettings settings(Format format, Globs globs, Stamp stamp) {
    return new SourceSettings(format, globs, stamp, new DocumentRules(), Duration.ZERO);
  }
}
