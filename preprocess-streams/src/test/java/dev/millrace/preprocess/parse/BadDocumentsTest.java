package dev.millrace.preprocess.parse;

import static dev.millrace.preprocess.parse.Samples.declared;
import static dev.millrace.preprocess.parse.Samples.named;
import static dev.millrace.preprocess.parse.Samples.raw;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.preprocess.document.Block;
import dev.millrace.preprocess.document.ParsedDocument;
import dev.millrace.preprocess.document.Reason;
import dev.millrace.preprocess.document.RejectedException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class BadDocumentsTest {

  private static final ParseLimits LIMITS =
      new ParseLimits(16 << 20, 2_000_000, 1000, 50, Duration.ofSeconds(20));
  private static final ContainedParser PARSER = new ContainedParser(LIMITS, 1, 128);

  @AfterAll
  static void close() {
    PARSER.close();
  }

  private static RejectedException rejection(RawDocument document) {
    return catchThrowableOfType(RejectedException.class, () -> PARSER.parse(document));
  }

  private static Reason reason(RawDocument document) {
    RejectedException rejection = rejection(document);
    assertThat(rejection).as("a rejection").isNotNull();
    assertThat(rejection.getMessage()).isNotBlank().doesNotContain("\n");
    return rejection.reason();
  }

  private static String text(ParsedDocument document) {
    return document.blocks().stream().map(Block::text).collect(Collectors.joining("\n"));
  }

  @Test
  void an_empty_document_is_empty() {
    assertThat(reason(raw(new byte[0]))).isEqualTo(Reason.EMPTY);
  }

  @Test
  void twenty_megabytes_are_too_large() {
    assertThat(reason(named(new byte[20 << 20], "big.txt"))).isEqualTo(Reason.TOO_LARGE);
  }

  @Test
  void random_bytes_are_of_no_supported_type() {
    byte[] bytes = new byte[100_000];
    new Random(1).nextBytes(bytes);

    assertThat(reason(named(bytes, "data.bin"))).isEqualTo(Reason.UNSUPPORTED_TYPE);
  }

  @Test
  void an_image_is_of_no_supported_type() {
    byte[] png = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n', 0, 0, 0, 13};

    assertThat(reason(raw(png))).isEqualTo(Reason.UNSUPPORTED_TYPE);
  }

  @Test
  void a_pdf_with_a_password_is_encrypted() {
    assertThat(reason(raw(Samples.pdf("secret", "key")))).isEqualTo(Reason.ENCRYPTED);
  }

  @Test
  void a_truncated_pdf_is_corrupt_or_gives_what_is_left() {
    byte[] pdf = Samples.pdf("a text that is cut off");

    assertThat(reason(raw(Arrays.copyOf(pdf, pdf.length / 3)))).isEqualTo(Reason.CORRUPT);
  }

  @Test
  void a_truncated_word_document_is_corrupt() {
    byte[] docx = Samples.docx("Heading", "text");

    assertThat(reason(named(Arrays.copyOf(docx, docx.length / 2), "half.docx")))
        .isEqualTo(Reason.CORRUPT);
  }

  @Test
  void a_zip_bomb_swells() {
    byte[] bomb = Samples.docxBomb(300);

    assertThat(bomb.length).as("a small file").isLessThan(1 << 20);
    assertThat(reason(named(bomb, "bomb.docx"))).isEqualTo(Reason.PARSE_SWELL);
  }

  @Test
  void archives_within_archives_are_too_deep() {
    assertThat(reason(raw(Samples.nestedZip(30)))).isEqualTo(Reason.PARSE_DEPTH);
  }

  @Test
  void an_archive_of_too_many_files_is_refused() {
    assertThat(reason(raw(Samples.zipOf(60)))).isEqualTo(Reason.TOO_MANY_PARTS);
  }

  @Test
  void html_of_a_hundred_thousand_levels_is_too_deep() {
    String html = "<html><body>" + "<div>".repeat(100_000) + "text";

    assertThat(reason(declared(html.getBytes(UTF_8), "text/html"))).isEqualTo(Reason.PARSE_DEPTH);
  }

  @Test
  void xml_of_a_hundred_thousand_levels_is_too_deep() {
    String xml = "<?xml version='1.0'?>" + "<a>".repeat(100_000) + "x" + "</a>".repeat(100_000);

    assertThat(reason(raw(xml))).isEqualTo(Reason.PARSE_DEPTH);
  }

  @Test
  void xml_that_multiplies_its_entities_is_stopped() {
    var xml = new StringBuilder("<?xml version='1.0'?><!DOCTYPE l [<!ENTITY l0 'lol'>");
    for (int i = 1; i < 12; i++) {
      xml.append("<!ENTITY l" + i + " '" + ("&l" + (i - 1) + ";").repeat(10) + "'>");
    }
    xml.append("]><l>&l11;</l>");

    assertThat(reason(raw(xml.toString()))).isEqualTo(Reason.PARSE_SWELL);
  }

  @Test
  void markdown_that_nests_a_hundred_thousand_quotes_does_no_harm() {
    String quotes = ">".repeat(100_000) + " text";
    String brackets = "[".repeat(100_000) + "text";

    assertThat(text(PARSER.parse(named(quotes.getBytes(UTF_8), "a.md")))).contains("text");
    assertThat(text(PARSER.parse(named(brackets.getBytes(UTF_8), "a.md")))).contains("text");
  }

  @Test
  void invalid_utf8_keeps_what_can_be_read() {
    byte[] bytes = "Grüße aus Köln, größer und schöner".getBytes(UTF_8);
    bytes[bytes.length - 1] = (byte) 0xC3;

    assertThat(text(PARSER.parse(raw(bytes)))).startsWith("Grüße aus Köln").endsWith("\uFFFD");
  }

  @Test
  void latin_1_is_recognised() {
    String german = "Die Mühle mahlt größere Körner für die Bäcker in Köln und München.";

    assertThat(text(PARSER.parse(raw(german.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1)))))
        .isEqualTo(german);
  }

  @Test
  void a_pdf_declared_as_html_is_a_pdf() {
    ParsedDocument parsed = PARSER.parse(declared(Samples.pdf("Hello from a page"), "text/html"));

    assertThat(parsed.contentType()).isEqualTo("application/pdf");
    assertThat(text(parsed)).contains("Hello from a page");
  }

  @Test
  void plain_text_declared_as_pdf_is_plain_text() {
    ParsedDocument parsed = PARSER.parse(declared("Just a text.".getBytes(UTF_8), "application/pdf"));

    assertThat(parsed.contentType()).isEqualTo("text/plain");
    assertThat(text(parsed)).isEqualTo("Just a text.");
  }

  @Test
  void a_word_document_keeps_heading_and_cells() {
    ParsedDocument parsed = PARSER.parse(named(Samples.docx("The heading", "The text"), "a.docx"));

    assertThat(parsed.blocks())
        .contains(new Block.Paragraph("The text"), new Block.TableRow("left | right"));
    assertThat(text(parsed)).contains("The heading");
  }

  @Test
  void text_beyond_the_limit_swells() {
    String words = "word ".repeat(500_000);

    assertThat(reason(raw(words))).isEqualTo(Reason.PARSE_SWELL);
  }
}
