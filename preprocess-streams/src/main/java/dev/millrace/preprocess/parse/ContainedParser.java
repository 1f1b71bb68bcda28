package dev.millrace.preprocess.parse;

import dev.millrace.preprocess.document.ParsedDocument;
import dev.millrace.preprocess.document.Reason;
import dev.millrace.preprocess.document.RejectedException;
import dev.millrace.preprocess.parse.ChildProcess.UnavailableException;
import dev.millrace.preprocess.parse.ContentTypes.Detected;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Parses away from the caller's thread. Text formats are parsed on a bounded pool of threads of this
 * process; everything else, and text when that pool is held by documents that do not end, in child
 * processes that are killed when they overrun.
 */
public final class ContainedParser implements DocumentParser {

  private static final Logger LOG = LoggerFactory.getLogger(ContainedParser.class);

  private final ParseLimits limits;
  private final ContentTypes types = new ContentTypes();
  private final TextFormats texts;
  private final ParsePool pool;
  private final ChildPool children;

  /**
   * @param parallel documents at once: as many as there are callers
   * @param childHeapMiB heap of a parser's process, in MiB
   */
  public ContainedParser(ParseLimits limits, int parallel, int childHeapMiB) {
    this.limits = limits;
    this.texts = new TextFormats(limits);
    // As many places again for parses that were given up and have not ended yet.
    this.pool = new ParsePool(2 * parallel);
    this.children = new ChildPool(limits, parallel, childHeapMiB);
  }

  @Override
  public ParsedDocument parse(RawDocument document) {
    check(document);
    Detected detected = types.detect(document);
    return switch (detected.kind()) {
      case UNSUPPORTED ->
          throw new RejectedException(Reason.UNSUPPORTED_TYPE, "no parser for " + detected.type());
      case FOREIGN -> inChild(document);
      case HTML, MARKDOWN, TABLE, PLAIN, CODE -> {
        ParsedDocument parsed =
            pool.tryRun(() -> texts.parse(document, detected), limits.timeout());
        yield parsed == null ? inChild(document) : parsed;
      }
    };
  }

  private void check(RawDocument document) {
    int size = document.bytes().length;
    if (size == 0) {
      throw new RejectedException(Reason.EMPTY, "it has no bytes");
    }
    if (size > limits.maxBytes()) {
      throw new RejectedException(
          Reason.TOO_LARGE, "%,d bytes, %,d are allowed".formatted(size, limits.maxBytes()));
    }
  }

  private ParsedDocument inChild(RawDocument document) {
    try {
      return children.parse(document);
    } catch (UnavailableException e) {
      LOG.warn("parsing in this process instead error=\"{}\"", e.getMessage());
      return inPool(document);
    }
  }

  /** Less safe, but a machine that can start no process should still serve ordinary files. */
  private ParsedDocument inPool(RawDocument document) {
    ParsedDocument parsed =
        pool.tryRun(() -> new LocalParser(limits).parse(document), limits.timeout());
    if (parsed == null) {
      throw ParsePool.timedOut(limits.timeout());
    }
    return parsed;
  }

  @Override
  public void close() {
    pool.close();
    children.close();
  }
}
