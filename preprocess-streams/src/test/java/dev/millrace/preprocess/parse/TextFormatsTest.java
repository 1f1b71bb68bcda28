package dev.millrace.preprocess.parse;

import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.preprocess.document.Block;
import dev.millrace.preprocess.document.ParsedDocument;
import java.util.List;
import org.junit.jupiter.api.Test;

class TextFormatsTest {

  private static ParsedDocument parse(RawDocument document) {
    return new LocalParser(ParseLimits.DEFAULT).parse(document);
  }

  private static List<Block> blocks(String text, String name) {
    return parse(Samples.named(text.getBytes(UTF_8), name)).blocks();
  }

  @Test
  void markdown_keeps_headings_lists_code_and_tables() {
    String text =
        """
        ---
        date: today
        ---
        # Title
        Some *text*.

        - one
        - two

        ```java
        int x;
          int y;
        ```

        | a | b |
        |---|---|
        | 1 | 2 |
        """;

    ParsedDocument parsed = parse(Samples.named(text.getBytes(UTF_8), "readme.md"));

    assertThat(parsed.title()).contains("Title");
    assertThat(parsed.blocks())
        .containsExactly(
            new Block.Heading(1, "Title"),
            new Block.Paragraph("Some text."),
            new Block.ListItem("one"),
            new Block.ListItem("two"),
            new Block.Code("int x;\n  int y;"),
            new Block.TableRow("a | b"),
            new Block.TableRow("1 | 2"));
  }

  @Test
  void a_table_of_any_delimiter_gives_rows() {
    assertThat(blocks("name;town\n\"A; B\";Köln\n", "a.csv"))
        .containsExactly(new Block.TableRow("name | town"), new Block.TableRow("A; B | Köln"));
    assertThat(blocks("a\tb\n1\t2\n", "a.tsv"))
        .containsExactly(new Block.TableRow("a | b"), new Block.TableRow("1 | 2"));
  }

  @Test
  void wrapped_lines_are_joined_and_short_ones_stay_apart() {
    String text =
        """
        This is a line that an editor has wrapped at about seventy characters
        and this one goes on.

        Roses are red
        violets are blue

        - an item
          that goes on
        - another
        """;

    assertThat(blocks(text, "a.txt"))
        .containsExactly(
            new Block.Paragraph(
                "This is a line that an editor has wrapped at about seventy characters"
                    + " and this one goes on."),
            new Block.Paragraph("Roses are red\nviolets are blue"),
            new Block.ListItem("an item that goes on"),
            new Block.ListItem("another"));
  }

  @Test
  void one_sentence_without_name_or_type_is_a_paragraph() {
    assertThat(parse(Samples.raw("水車は川の力で回る。")).blocks())
        .containsExactly(new Block.Paragraph("水車は川の力で回る。"));
  }

  @Test
  void source_code_keeps_its_lines() {
    assertThat(blocks("class A {\n  int x;\n}\n", "A.java"))
        .containsExactly(new Block.Code("class A {\n  int x;\n}"));
  }

  @Test
  void utf16_is_read_with_and_without_a_mark() {
    String text = "Plain text in sixteen bits.";

    assertThat(parse(Samples.raw(("\uFEFF" + text).getBytes(UTF_16LE))).blocks())
        .containsExactly(new Block.Paragraph(text));
    assertThat(parse(Samples.declared(text.getBytes(UTF_16LE), "text/plain")).blocks())
        .containsExactly(new Block.Paragraph(text));
  }

  @Test
  void text_declared_as_html_that_holds_no_tag_keeps_its_lines() {
    assertThat(parse(Samples.declared("a < b\nc > d".getBytes(UTF_8), "text/html")).blocks())
        .containsExactly(new Block.Paragraph("a < b\nc > d"));
  }

  @Test
  void a_fragment_of_html_is_known_by_its_tags() {
    assertThat(parse(Samples.raw("<p>one</p><p>two</p>")).blocks())
        .containsExactly(new Block.Paragraph("one"), new Block.Paragraph("two"));
  }

  @Test
  void a_page_that_begins_with_a_comment_is_html() {
    String page = "<!-- a licence -->\n<!--#include virtual='x' -->\n<h2>Title</h2>Text.";

    assertThat(blocks(page, "page.html"))
        .containsExactly(new Block.Heading(2, "Title"), new Block.Paragraph("Text."));
  }
}
