package dev.millrace.preprocess.parse;

import dev.millrace.preprocess.document.Reason;
import dev.millrace.preprocess.document.RejectedException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.apache.tika.extractor.EmbeddedDocumentExtractor;
import org.apache.tika.extractor.ParsingEmbeddedDocumentExtractor;
import org.apache.tika.metadata.Metadata;
import org.apache.tika.parser.ParseContext;
import org.xml.sax.ContentHandler;
import org.xml.sax.SAXException;

/** Documents within a document: parsed like it, but only so many and only so deep. */
final class TikaParts implements EmbeddedDocumentExtractor {

  private static final int MAX_LEVELS = 8;

  private final ParsingEmbeddedDocumentExtractor inner;
  private final ParseLimits limits;
  private int parts;
  private int level;
  private RejectedException rejection;

  TikaParts(ParseContext context, ParseLimits limits) {
    this.inner = new ParsingEmbeddedDocumentExtractor(context);
    this.limits = limits;
  }

  Optional<RejectedException> rejection() {
    return Optional.ofNullable(rejection);
  }

  @Override
  public boolean shouldParseEmbedded(Metadata metadata) {
    String type = metadata.get(Metadata.CONTENT_TYPE);
    boolean textless = type != null && type.matches("(?:image|audio|video|font)/.*");
    return !textless && inner.shouldParseEmbedded(metadata);
  }

  @Override
  public void parseEmbedded(
      InputStream stream, ContentHandler handler, Metadata metadata, boolean outputHtml)
      throws SAXException, IOException {
    raise();
    if (++parts > limits.maxParts()) {
      rejection =
          new RejectedException(
              Reason.TOO_MANY_PARTS, "it holds more than " + limits.maxParts() + " documents");
    } else if (level >= MAX_LEVELS) {
      rejection =
          new RejectedException(
              Reason.PARSE_DEPTH, "it holds archives within archives, " + MAX_LEVELS + " levels");
    }
    raise();
    level++;
    try {
      inner.parseEmbedded(stream, handler, metadata, outputHtml);
    } finally {
      level--;
    }
    raise(); // the parser of the part above would take it for a fault of the part
  }

  private void raise() {
    if (rejection != null) {
      throw rejection;
    }
  }
}
