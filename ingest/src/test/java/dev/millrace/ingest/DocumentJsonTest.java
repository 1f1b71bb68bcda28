package dev.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.contracts.avro.Document;
import dev.millrace.ingest.DocumentJson.OtherFields;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DocumentJsonTest {

  private final DocumentJson lenient = new DocumentJson(1000, OtherFields.METADATA);
  private final DocumentJson strict = new DocumentJson(1000, OtherFields.REFUSED);

  @Test
  void every_field_arrives() {
    Document document =
        read(
            strict,
            """
            {"id":"a","text":"grüße","title":"T","uri":"http://x/a","content_type":"text/html",
             "file_name":"a.html","metadata":{"n":1,"b":true,"o":{"x":[1]},"z":null,"s":"v"},
             "acl":["group:a"]}
            """);
    assertThat(document.getId()).isEqualTo("a");
    assertThat(Documents.text(document)).isEqualTo("grüße");
    assertThat(document.getTitle()).isEqualTo("T");
    assertThat(document.getUri()).isEqualTo("http://x/a");
    assertThat(document.getContentType()).isEqualTo("text/html");
    assertThat(document.getFileName()).isEqualTo("a.html");
    assertThat(document.getMetadata())
        .isEqualTo(Map.of("n", "1", "b", "true", "o", "{\"x\":[1]}", "s", "v"));
    assertThat(document.getAcl()).containsExactly("group:a");
  }

  @Test
  void text_is_plain_unless_it_says_otherwise_and_base64_is_left_to_detection() {
    assertThat(read(strict, "{\"text\":\"x\"}").getContentType()).isEqualTo("text/plain");
    Document file = read(strict, "{\"content_base64\":\"JVBERi0=\"}");
    assertThat(file.getContentType()).isNull();
    assertThat(file.getContent().array()).asString().isEqualTo("%PDF-");
    assertThat(file.getId()).isEqualTo("fallback");
  }

  @Test
  void a_number_may_be_an_id() {
    assertThat(read(strict, "{\"id\":17,\"text\":\"x\"}").getId()).isEqualTo("17");
  }

  @Test
  void a_corpus_brings_its_own_fields_as_metadata_but_http_refuses_them() {
    String json = "{\"id\":\"a\",\"text\":\"x\",\"author\":\"b\"}";
    assertThat(read(lenient, json).getMetadata()).isEqualTo(Map.of("author", "b"));
    assertThatThrownBy(() -> read(strict, json)).hasMessageContaining("'author'");
  }

  @Test
  void a_misspelt_acl_never_makes_a_document_public() {
    for (String name : new String[] {"ACL", "Acl", "acls"}) {
      String json = "{\"id\":\"a\",\"text\":\"x\",\"%s\":[\"me\"]}".formatted(name);
      assertThatThrownBy(() -> read(lenient, json)).hasMessageContaining(name);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"id\":\"a\"                               | not JSON",
        "[1]                                         | not a JSON object but array",
        "\"x\"                                       | not a JSON object but string",
        "{\"id\":\"a\"}                              | 'text' is missing",
        "{\"id\":\"a\",\"text\":null}                | 'text' is missing",
        "{\"id\":\"a\",\"text\":1}                   | 'text' must be a string, found number",
        "{\"id\":[],\"text\":\"x\"}                  | 'id' must be a string, found array",
        "{\"text\":\"x\",\"content_base64\":\"eA==\"}| exclude each other",
        "{\"content_base64\":\"@\"}                  | not base64",
        "{\"text\":\"x\",\"acl\":\"me\"}             | 'acl' must be a list",
        "{\"text\":\"x\",\"acl\":[1]}                | 'acl' must be a list of strings",
        "{\"text\":\"x\",\"metadata\":[]}            | 'metadata' must be an object",
        "{\"text\":\"x\"} {\"text\":\"y\"}           | not JSON",
        "{\"text\":\"x\",\"text\":\"y\"}             | not JSON",
        "{\"text\":\"\\ud83d                         | not JSON",
      })
  void what_is_not_a_document_is_named_in_one_line(String json, String reason) {
    assertThatThrownBy(() -> read(strict, json))
        .isInstanceOf(IngestException.Invalid.class)
        .hasMessageContaining(reason)
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
  }

  @Test
  void deep_nesting_and_invalid_utf8_are_refused() {
    String deep = "{\"text\":\"x\",\"metadata\":" + "[".repeat(10_000);
    assertThatThrownBy(() -> read(strict, deep)).hasMessageContaining("not JSON");
    byte[] bytes = "{\"text\":\"a\u00ff\"}".getBytes(StandardCharsets.ISO_8859_1);
    assertThatThrownBy(() -> strict.read(bytes, 0, bytes.length, () -> "a"))
        .hasMessageContaining("not JSON");
  }

  private static Document read(DocumentJson reader, String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    return reader.read(bytes, 0, bytes.length, () -> "fallback");
  }
}
