package dev.millrace.preprocess.parse;

import dev.millrace.preprocess.document.Block;
import dev.millrace.preprocess.document.ParsedDocument;
import dev.millrace.preprocess.parse.ContentTypes.Detected;
import java.util.List;
import java.util.Optional;

/** The formats that are text themselves: parsed in this process, in time linear in their size. */
final class TextFormats {

  private final ParseLimits limits;

  TextFormats(ParseLimits limits) {
    this.limits = limits;
  }

  ParsedDocument parse(RawDocument document, Detected detected) {
    if (detected.kind() == ContentTypes.Kind.HTML) {
      return HtmlPage.parse(document.bytes(), document.declaredType(), limits);
    }
    String text =
        TextDecoder.decode(document.bytes(), document.declaredType().flatMap(TextDecoder::named));
    text = text.replace("\r\n", "\n").replace('\r', '\n');
    if (detected.kind() == ContentTypes.Kind.MARKDOWN) {
      return Markdown.parse(text, limits);
    }
    return new ParsedDocument(detected.type(), Optional.empty(), blocks(text, detected));
  }

  private List<Block> blocks(String text, Detected detected) {
    return switch (detected.kind()) {
      case TABLE -> DelimitedTable.parse(text, limits.maxChars());
      case CODE -> code(text);
      case PLAIN -> PlainText.parse(text, limits.maxChars());
      case HTML, MARKDOWN, FOREIGN, UNSUPPORTED ->
          throw new IllegalArgumentException("not plain text: " + detected.type());
    };
  }

  private List<Block> code(String text) {
    var blocks = new BlockBuilder(limits.maxChars());
    blocks.add(new Block.Code(HtmlBlocks.stripBlankLines(text)));
    return blocks.build();
  }
}
