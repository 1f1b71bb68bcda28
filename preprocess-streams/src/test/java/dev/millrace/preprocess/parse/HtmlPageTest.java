package dev.millrace.preprocess.parse;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.preprocess.document.Block;
import dev.millrace.preprocess.document.ParsedDocument;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class HtmlPageTest {

  private static ParsedDocument parse(String html) {
    return HtmlPage.parse(html, ParseLimits.DEFAULT);
  }

  private static String text(String html) {
    return parse(html).blocks().stream().map(Block::text).collect(Collectors.joining("\n"));
  }

  @Test
  void navigation_goes_and_content_stays() {
    String html =
        """
        <html><head><title>The mill</title><style>p {}</style></head><body>
        <header><a href='/'>Home</a><h1>The old mill</h1></header>
        <nav><a href='/a'>Menu</a></nav>
        <div class='sidebar'>Also on this site</div>
        <ul class='breadcrumbs'><li><a href='/'>Top</a></li></ul>
        <main><h2>History</h2><p>Built in <b>1750</b>.<script>var x = 'code';</script></p>
        <aside>Advertisement</aside></main>
        <footer>Imprint</footer></body></html>
        """;

    ParsedDocument parsed = parse(html);

    assertThat(parsed.title()).contains("The mill");
    assertThat(parsed.blocks())
        .containsExactly(new Block.Heading(2, "History"), new Block.Paragraph("Built in 1750."));
  }

  @Test
  void a_header_within_the_content_keeps_its_headings() {
    assertThat(
            text("<article><header><h1>Title</h1><a href='#'>x</a></header><p>Text.</p></article>"))
        .isEqualTo("Title\nText.");
  }

  @Test
  void text_inside_a_script_template_is_content() {
    String html =
        """
        <script><!--#include virtual="js/data.js" --> var context = {"version": "39"};</script>
        <script id="t" type="text/x-handlebars-template">
          <h1>Quick start</h1>
          <p>Version {{version}}, {{unknown}}see <a href="/{{version}}/x">this</a>.</p>
          {{#if old}}<p>Old.</p>{{/if}}
          <pre><code>tar -xzf kafka_{{scala}}-{{version}}.tgz
          cd kafka</code></pre>
        </script>
        <!--#include virtual="footer.htm" -->
        """;

    assertThat(parse(html).blocks())
        .containsExactly(
            new Block.Heading(1, "Quick start"),
            new Block.Paragraph("Version 39, see this."),
            new Block.Paragraph("Old."),
            new Block.Code("tar -xzf kafka_<scala>-39.tgz\n  cd kafka"));
  }

  @Test
  void ordinary_scripts_and_hidden_elements_are_not_content() {
    assertThat(
            text(
                "<p>Seen.</p><script>alert('no')</script><p hidden>a</p>"
                    + "<div style='display: none'>b</div><template><p>c</p></template>"))
        .isEqualTo("Seen.");
  }

  @Test
  void cells_stay_apart_and_rows_on_their_own() {
    assertThat(
            parse(
                    "<table><tr><th>Name</th><th>Size</th></tr>"
                        + "<tr><td>a <b>b</b></td><td><p>1</p><p>2</p></td></tr></table>")
                .blocks())
        .containsExactly(new Block.TableRow("Name | Size"), new Block.TableRow("a b | 1 2"));
  }

  @Test
  void preformatted_text_keeps_its_lines_and_indentation() {
    assertThat(parse("<p>See:</p><pre>\nif (x)\n    y();\n\n  z\n</pre>").blocks())
        .containsExactly(new Block.Paragraph("See:"), new Block.Code("if (x)\n    y();\n\n  z"));
  }

  @Test
  void a_table_of_contents_of_the_page_itself_is_navigation() {
    assertThat(
            text(
                "<ul><li><a href='#a'>One</a></li><li><a href='#b'>Two</a></li>"
                    + "<li><a href='#c'>Three</a></li></ul><h2 id='a'>One</h2><p>Text.</p>"))
        .isEqualTo("One\nText.");
  }

  @Test
  void a_page_of_links_only_keeps_them() {
    assertThat(
            text(
                "<ul class='toc'><li><a href='#a'>One</a><li><a href='#b'>Two</a><li><a"
                    + " href='#c'>3</a></ul>"))
        .isEqualTo("One\nTwo\n3");
  }

  @Test
  void list_items_nest_without_losing_text() {
    assertThat(parse("<ul><li>a<ul><li>b</li></ul>c</li></ul>").blocks())
        .containsExactly(new Block.ListItem("a"), new Block.ListItem("b"), new Block.ListItem("c"));
  }

  @Test
  void a_section_named_like_a_menu_stays_when_it_is_prose() {
    assertThat(text("<div class='share-groups menu'>A share group lets many consumers read.</div>"))
        .contains("share group");
  }
}
