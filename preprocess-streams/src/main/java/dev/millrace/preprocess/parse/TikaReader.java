package dev.millrace.preprocess.parse;

import dev.millrace.preprocess.document.ParsedDocument;
import dev.millrace.preprocess.document.Reason;
import dev.millrace.preprocess.document.RejectedException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.apache.tika.config.TikaConfig;
import org.apache.tika.exception.EncryptedDocumentException;
import org.apache.tika.exception.TikaException;
import org.apache.tika.extractor.EmbeddedDocumentExtractor;
import org.apache.tika.io.TikaInputStream;
import org.apache.tika.metadata.Metadata;
import org.apache.tika.metadata.TikaCoreProperties;
import org.apache.tika.parser.AutoDetectParser;
import org.apache.tika.parser.ParseContext;
import org.apache.tika.parser.Parser;
import org.xml.sax.SAXException;

/**
 * Binary formats through Apache Tika: PDF, Office, e-mail, e-books, archives. Its parsers may hang,
 * recurse or swell on hostile input, so it runs in a process of its own.
 */
final class TikaReader {

  /** Parsers that start other programs have no business here. */
  private static final String CONFIG =
      """
      <properties>
        <parsers>
          <parser class="org.apache.tika.parser.DefaultParser">
            <parser-exclude class="org.apache.tika.parser.ocr.TesseractOCRParser"/>
            <parser-exclude class="org.apache.tika.parser.external.CompositeExternalParser"/>
          </parser>
        </parsers>
      </properties>
      """;

  private static final String EMPTY_PARSER = "org.apache.tika.parser.EmptyParser";

  /** Where the JDK's messages about the limits of its XML parser begin. */
  private static final String JAXP_LIMIT = "JAXP0001000";

  private final AutoDetectParser parser;
  private final ParseLimits limits;

  TikaReader(ParseLimits limits) {
    this.limits = limits;
    try (var in = new ByteArrayInputStream(CONFIG.getBytes(StandardCharsets.UTF_8))) {
      this.parser = new AutoDetectParser(new TikaConfig(in));
    } catch (IOException | TikaException | SAXException e) {
      throw new IllegalStateException("Tika does not start: " + e.getMessage(), e);
    }
    var own = parser.getAutoDetectParserConfig();
    own.setMaximumDepth(limits.maxDepth());
  }

  ParsedDocument parse(RawDocument document) {
    var metadata = new Metadata();
    document.fileName().ifPresent(n -> metadata.set(TikaCoreProperties.RESOURCE_NAME_KEY, n));
    document.declaredType().ifPresent(t -> metadata.set(Metadata.CONTENT_TYPE, t));
    var tree = new TikaTree(limits);
    var context = new ParseContext();
    var parts = new TikaParts(context, limits);
    context.set(Parser.class, parser);
    context.set(EmbeddedDocumentExtractor.class, parts);
    try (var in = TikaInputStream.get(document.bytes())) {
      parser.parse(in, tree, metadata, context);
    } catch (StackOverflowError e) {
      throw new RejectedException(Reason.PARSE_DEPTH, "nested too deep for the parser");
    } catch (IOException | SAXException | TikaException | RuntimeException e) {
      throw rejection(e, tree, parts);
    }
    tree.rejection().or(parts::rejection).ifPresent(TikaReader::raise);
    return result(metadata, tree);
  }

  private ParsedDocument result(Metadata metadata, TikaTree tree) {
    String type =
        Optional.ofNullable(metadata.get(Metadata.CONTENT_TYPE)).orElse("application/octet-stream");
    type = type.split(";", 2)[0].strip();
    boolean parsed =
        Arrays.stream(metadata.getValues(TikaCoreProperties.TIKA_PARSED_BY))
            .noneMatch(EMPTY_PARSER::equals);
    var blocks = HtmlBlocks.of(tree.root(), limits);
    if (blocks.isEmpty() && !parsed) {
      throw new RejectedException(Reason.UNSUPPORTED_TYPE, "no parser for " + type);
    }
    return new ParsedDocument(
        type, Optional.ofNullable(metadata.get(TikaCoreProperties.TITLE)), blocks);
  }

  private static void raise(RejectedException rejection) {
    throw rejection;
  }

  private static RejectedException rejection(Exception failure, TikaTree tree, TikaParts parts) {
    return tree.rejection()
        .or(parts::rejection)
        .or(() -> fromCauses(failure))
        .orElseGet(() -> new RejectedException(Reason.CORRUPT, "cannot be read: " + line(failure)));
  }

  private static Optional<RejectedException> fromCauses(Throwable failure) {
    int steps = 0;
    for (Throwable cause = failure; cause != null && steps < 50; cause = cause.getCause()) {
      steps++;
      String message = cause.getMessage() == null ? "" : cause.getMessage();
      if (cause instanceof RejectedException known) {
        return Optional.of(known);
      }
      if (cause instanceof EncryptedDocumentException
          || cause.getClass().getSimpleName().contains("Encrypted")
          || cause.getClass().getSimpleName().contains("InvalidPassword")) {
        return Optional.of(
            new RejectedException(Reason.ENCRYPTED, "it is protected by a password"));
      }
      if (cause instanceof StackOverflowError
          || message.contains("levels of")
          || message.contains("maxElementDepth")) {
        return Optional.of(new RejectedException(Reason.PARSE_DEPTH, line(cause)));
      }
      if ((message.contains("ip bomb") && cause.getCause() == null)
          || message.startsWith(JAXP_LIMIT)) {
        return Optional.of(new RejectedException(Reason.PARSE_SWELL, line(cause)));
      }
    }
    return Optional.empty();
  }

  private static String line(Throwable failure) {
    String message = failure.getMessage();
    String text = message == null ? failure.getClass().getSimpleName() : message;
    text = text.lines().findFirst().orElse("");
    return text.substring(0, Math.min(300, text.length()));
  }
}
