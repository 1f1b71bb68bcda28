package dev.millrace.preprocess.clean;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.preprocess.document.Block;
import dev.millrace.preprocess.document.ParsedDocument;
import dev.millrace.preprocess.document.Reason;
import dev.millrace.preprocess.document.RejectedException;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CleanerTest {

  private static final Cleaner CLEANER = new Cleaner(CleanSettings.DEFAULT);

  private static ParsedDocument document(Block... blocks) {
    return new ParsedDocument("text/plain", Optional.empty(), List.of(blocks));
  }

  private static CleanedDocument clean(String text) {
    return CLEANER.clean(document(new Block.Paragraph(text)), Optional.empty());
  }

  private static Reason reason(Cleaner cleaner, String text) {
    RejectedException rejection =
        catchThrowableOfType(
            RejectedException.class,
            () -> cleaner.clean(document(new Block.Paragraph(text)), Optional.empty()));
    return rejection == null ? null : rejection.reason();
  }

  private static Cleaner with(int minChars, List<String> allowed) {
    return new Cleaner(
        new CleanSettings(
            false, "ZZ", minChars, 0.1, 0.9, 0.95, CleanSettings.DEFAULT.languages(), allowed));
  }

  @ParameterizedTest
  @CsvSource({
    "'a\u00A0 b\tc', 'a b c'",
    "'ﬁne ①', 'fine 1'",
    "'e\u0301te', 'éte'",
    "'ze\u200Bro\uFEFF wid\u00ADth', 'zero width'",
    "'be\u0007ll', 'bell'",
    "'ＡＢＣ', 'ABC'",
    "'x \uD83D y', 'x \uFFFD y'",
    "'می\u200Cخواهم', 'می\u200Cخواهم'"
  })
  void prose_has_one_form(String given, String expected) {
    assertThat(TextNormalizer.prose(given)).isEqualTo(expected);
  }

  @Test
  void code_keeps_its_indentation_and_single_blank_lines() {
    assertThat(TextNormalizer.code("a {  \n\tb\n\n\n\n  c\n}")).isEqualTo("a {\n\tb\n\n  c\n}");
  }

  @Test
  void spans_say_where_their_block_stands() {
    CleanedDocument cleaned =
        CLEANER.clean(
            document(
                new Block.Heading(1, " The  mill "),
                new Block.Paragraph("\u200B"),
                new Block.ListItem("one"),
                new Block.ListItem("two"),
                new Block.Code("x\n  y")),
            Optional.of(" Given\ntitle "));

    assertThat(cleaned.text()).isEqualTo("The mill\n\none\ntwo\n\nx\n  y");
    assertThat(cleaned.title()).contains("Given title");
    assertThat(cleaned.spans()).hasSize(4);
    assertThat(cleaned.spans())
        .allSatisfy(
            span ->
                assertThat(cleaned.text().substring(span.start(), span.end()))
                    .isEqualTo(span.block().text()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "The mill turns.",
        "Ja.",
        "水",
        "水車が回る。",
        "안녕",
        "42",
        "a@b.c",
        "?!",
        "😀",
        "f(x) = y;"
      })
  void short_documents_of_any_script_pass(String text) {
    assertThat(clean(text).text()).isEqualTo(text);
  }

  @Test
  void each_rule_has_its_reason() {
    assertThat(reason(CLEANER, "\u0000\u200B ")).isEqualTo(Reason.NO_TEXT);
    assertThat(reason(with(10, List.of()), "too short")).isEqualTo(Reason.TOO_SHORT);
    assertThat(reason(CLEANER, "ab\uFFFD\uFFFDcd")).isEqualTo(Reason.GARBLED);
    assertThat(reason(CLEANER, "#-=".repeat(100))).isEqualTo(Reason.TOO_MANY_SYMBOLS);
    assertThat(reason(CLEANER, "buy now and save money today ".repeat(200)))
        .isEqualTo(Reason.REPETITIVE);
    assertThat(reason(with(1, List.of("de")), "The mill stands at the river and grinds the corn."))
        .isEqualTo(Reason.LANGUAGE_NOT_ALLOWED);
  }

  @ParameterizedTest
  @CsvSource({
    "en, 'The mill stands at the river and grinds the corn of the whole valley.'",
    "de, 'Die Mühle steht am Fluss und mahlt das Korn des ganzen Tals.'",
    "fr, 'Le moulin se trouve au bord de la rivière et moud le grain de la vallée.'",
    "ru, 'Мельница стоит у реки и мелет зерно.'",
    "ja, '水車が回る。'",
    "zh, '水车在河边转动。'",
    "ko, '물레방아가 강가에서 돌아간다.'"
  })
  void the_language_is_told(String language, String text) {
    assertThat(clean(text).language()).contains(language);
  }

  @Test
  void an_unknown_language_code_is_named() {
    var settings =
        new CleanSettings(false, "ZZ", 1, 0.1, 0.9, 0.95, List.of("en", "xx"), List.of());

    assertThatThrownBy(() -> new Cleaner(settings)).hasMessageContaining("'xx'");
  }

  @Test
  void two_million_characters_take_seconds_at_most() {
    var random = new Random(5);
    var text = new StringBuilder();
    while (text.length() < 2_000_000) {
      text.append(Integer.toString(random.nextInt(100_000), 36)).append(' ');
    }
    long start = System.nanoTime();
    clean(text.toString());
    assertThat(System.nanoTime() - start).isLessThan(8_000_000_000L);
  }
}
