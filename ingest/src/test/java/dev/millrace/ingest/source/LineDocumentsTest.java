package dev.millrace.ingest.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.ingest.DocumentRules;
import dev.millrace.ingest.Documents;
import dev.millrace.ingest.source.SourceSettings.Format;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LineDocumentsTest {

  @Test
  void a_bad_line_is_told_with_its_number_and_the_rest_goes_on() {
    var found =
        lines(
            """
            {"id":"1","text":"a"}
            not json

            {"id":"3"}
            {"id":"4","text":"b"}
            """);
    assertThat(found.documents).containsOnlyKeys("1", "4");
    assertThat(found.faults)
        .extracting(Fault::origin)
        .containsExactly("standard input:2", "standard input:4");
    assertThat(found.faults.getFirst().reason()).startsWith("not JSON");
    assertThat(found.faults.getLast().reason()).startsWith("'text' is missing");
  }

  @Test
  void windows_line_ends_a_byte_order_mark_and_a_missing_last_end_do_no_harm() {
    var found = lines("\ufeff{\"id\":\"1\",\"text\":\"a\"}\r\n{\"id\":\"2\",\"text\":\"b\"}");
    assertThat(found.documents).containsOnlyKeys("1", "2");
    assertThat(found.faults).isEmpty();
  }

  @Test
  void a_line_on_a_stream_must_bring_its_id() {
    assertThat(lines("{\"text\":\"a\"}").faults)
        .singleElement()
        .hasToString("standard input:1: 'id' is missing");
  }

  @Test
  void a_line_beyond_the_limit_is_told_and_takes_no_memory() throws IOException {
    int limit = 100;
    var lines = new Lines(stream("x".repeat(300_000) + "\nshort\n"), limit);
    assertThat(lines.next()).isTrue();
    assertThat(lines.tooLong()).isTrue();
    assertThat(lines.consumed()).isEqualTo(300_001);
    assertThat(lines.bytes().length).isLessThan(10_000);
    assertThat(lines.next()).isTrue();
    assertThat(lines.tooLong()).isFalse();
    assertThat(new String(lines.bytes(), 0, lines.length(), StandardCharsets.UTF_8))
        .isEqualTo("short");
    assertThat(lines.next()).isFalse();
  }

  @Test
  void one_document_on_standard_input_needs_an_id_and_lines_refuse_one() {
    var text = settings(Format.TEXT);
    var found = Recorded.of(new StreamSource(stream("a\nb"), text, Optional.of("doc")));
    assertThat(Documents.text(found.documents.get("doc"))).isEqualTo("a\nb");
    assertThatThrownBy(() -> new StreamSource(stream(""), text, Optional.empty()))
        .hasMessageContaining("--id");
    assertThatThrownBy(
            () -> new StreamSource(stream(""), settings(Format.AUTO), Optional.of("doc")))
        .hasMessageContaining("--format text");
  }

  private static Recorded lines(String text) {
    return Recorded.of(new StreamSource(stream(text), settings(Format.AUTO), Optional.empty()));
  }

  private static InputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  private static SourceSettings settings(Format format) {
    return new SourceSettings(format, Globs.ALL, Stamp.NONE, new DocumentRules(), Duration.ZERO);
  }
}
