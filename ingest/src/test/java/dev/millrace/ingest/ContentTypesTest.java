package dev.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ContentTypesTest {

  private final ContentTypes types = new ContentTypes();

  @Test
  void content_tells_its_type_and_the_name_refines_it() {
    assertThat(detect("<!DOCTYPE html><html><body>x", null)).isEqualTo("text/html");
    assertThat(detect("%PDF-1.7\n", null)).isEqualTo("application/pdf");
    assertThat(detect("# Title\n", "a.md")).isEqualTo("text/markdown");
    assertThat(detect("a,b\n1,2\n", "a.csv")).isEqualTo("text/csv");
    assertThat(detect("plain words", null)).isEqualTo("text/plain");
    assertThat(detect("PK\u0003\u0004", "a.docx"))
        .isEqualTo("application/vnd.openxmlformats-officedocument.wordprocessingml.document");
  }

  @Test
  void long_text_that_is_cut_inside_of_a_character_is_still_text() {
    for (int shift = 0; shift < 4; shift++) {
      String text = "x".repeat(shift) + "日本語".repeat(20_000);
      assertThat(detect(text, null)).isEqualTo("text/plain");
    }
  }

  private String detect(String content, String name) {
    return types.detect(ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8)), name);
  }
}
