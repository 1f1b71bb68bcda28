package dev.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentRulesTest {

  private final DocumentRules rules = new DocumentRules(100);

  @ParameterizedTest
  @ValueSource(strings = {"a", "docs/a b.txt", "日本語", "😀", "a:b?c#d%20"})
  void ordinary_ids_pass(String id) {
    assertThatCode(() -> rules.check(Documents.of(id, "x"))).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "  ", "a\nb", "a\u0000b", "a\u009fb", "half\ud83d"})
  void ids_that_cannot_be_keys_are_refused(String id) {
    assertThatThrownBy(() -> rules.check(Documents.of(id, "x")))
        .isInstanceOf(IngestException.Invalid.class)
        .hasMessageContaining("id");
  }

  @Test
  void an_id_of_513_characters_is_refused_with_its_length() {
    assertThatCode(() -> rules.check(Documents.of("x".repeat(512), "x")))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> rules.check(Documents.of("x".repeat(513), "x")))
        .hasMessageContaining("513");
  }

  @Test
  void content_above_the_limit_is_refused_with_both_sizes_and_the_setting() {
    assertThatCode(() -> rules.check(Documents.of("a", "x".repeat(100))))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> rules.check(Documents.of("a", "x".repeat(101))))
        .isInstanceOf(IngestException.TooLarge.class)
        .hasMessageContaining("101")
        .hasMessageContaining("100")
        .hasMessageContaining("millrace.documents.max-bytes");
  }

  @Test
  void the_reserved_principal_is_refused() {
    var document = Documents.of("a", "x");
    document.setAcl(List.of("group:x", "*"));
    assertThatThrownBy(() -> rules.check(document)).hasMessageContaining("*");
  }

  @Test
  void attributes_may_not_outgrow_the_record() {
    var document = Documents.of("a", "x");
    document.setMetadata(Map.of("k", "v".repeat(DocumentRules.MAX_ATTRIBUTE_BYTES + 1)));
    assertThatThrownBy(() -> rules.check(document)).isInstanceOf(IngestException.TooLarge.class);
  }
}
