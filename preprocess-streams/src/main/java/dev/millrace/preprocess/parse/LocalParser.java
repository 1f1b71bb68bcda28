package dev.millrace.preprocess.parse;

import dev.millrace.preprocess.document.ParsedDocument;
import dev.millrace.preprocess.parse.ContentTypes.Detected;

/** Parses on the calling thread, whatever it takes: for a process that may be killed. */
final class LocalParser {

  private final ContentTypes types = new ContentTypes();
  private final TextFormats texts;
  private final ParseLimits limits;
  private TikaReader tika;

  LocalParser(ParseLimits limits) {
    this.limits = limits;
    this.texts = new TextFormats(limits);
  }

  ParsedDocument parse(RawDocument document) {
    Detected detected = types.detect(document);
    return switch (detected.kind()) {
      case FOREIGN, UNSUPPORTED -> tika().parse(document);
      case HTML, MARKDOWN, TABLE, PLAIN, CODE -> texts.parse(document, detected);
    };
  }

  private TikaReader tika() {
    if (tika == null) {
      tika = new TikaReader(limits);
    }
    return tika;
  }
}
