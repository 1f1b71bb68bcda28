package dev.millrace.ingest.source;

import dev.millrace.contracts.avro.Document;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A stream that is read once, such as standard input: JSON lines, or one document. */
public final class StreamSource implements DocumentSource {

  private static final String NAME = "-";
  private static final String SHOWN = "standard input";

  private final InputStream in;
  private final SourceSettings settings;
  private final Optional<String> id;

  /**
   * @param id of the one document; needed for {@code Format.TEXT}, refused for JSON lines, which
   *     bring their own
   */
  public StreamSource(InputStream in, SourceSettings settings, Optional<String> id) {
    boolean text = settings.format() == SourceSettings.Format.TEXT;
    if (text && id.isEmpty()) {
      throw new IllegalArgumentException("one document on standard input needs --id");
    }
    if (!text && id.isPresent()) {
      throw new IllegalArgumentException(
          "--id goes with --format text; JSON lines bring their ids");
    }
    this.in = in;
    this.settings = settings;
    this.id = id;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public long size() {
    return -1;
  }

  @Override
  public void visit(Visitor visitor) {
    try {
      if (id.isPresent()) {
        whole(settings.stamp().id(id.get()), visitor);
      } else {
        new LineDocuments(in, SHOWN, Optional.empty(), settings).visit(visitor);
      }
    } catch (IOException e) {
      visitor.fault(new Fault(SHOWN, FileCandidate.describe(e)));
    }
  }

  private void whole(String fullId, Visitor visitor) throws IOException {
    byte[] content = in.readNBytes(settings.rules().maxBytes() + 1);
    var document =
        new Document(
            fullId, ByteBuffer.wrap(content), null, null, null, null, Map.of(), List.of(), 0L);
    visitor.candidate(new WholeCandidate(settings.stamp().apply(document)));
    visitor.progress(content.length);
  }

  private record WholeCandidate(Document document) implements Candidate {

    @Override
    public String id() {
      return document.getId();
    }

    @Override
    public String origin() {
      return SHOWN;
    }

    @Override
    public Document load() {
      return document;
    }
  }
}
