package dev.millrace.ingest.source;

import dev.millrace.contracts.avro.Document;
import dev.millrace.ingest.DocumentJson;
import dev.millrace.ingest.DocumentJson.OtherFields;
import dev.millrace.ingest.IngestException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * The documents of one stream of JSON lines. A line that is none is a fault with its number, and
 * the next one follows. Blank lines count but say nothing.
 */
final class LineDocuments {

  // Escapes and base64 make JSON longer than what it holds; six bytes for one is the worst of JSON.
  private static final int WORST_ESCAPE = 6;
  private static final int ATTRIBUTE_ROOM = 2 << 20;
  private static final int MARK = 3;

  private final Lines lines;
  private final String name;
  private final Optional<String> idBase;
  private final Stamp stamp;
  private final DocumentJson json;
  private final int limit;
  private long number;

  /**
   * @param name for messages
   * @param idBase of lines that name no id: they are {@code <idBase>#<line>}; empty where lines
   *     must bring their own, because their numbers mean nothing the next time
   */
  LineDocuments(InputStream in, String name, Optional<String> idBase, SourceSettings settings) {
    int maxBytes = settings.rules().maxBytes();
    this.limit = (int) Math.min(1L << 28, (long) WORST_ESCAPE * maxBytes + ATTRIBUTE_ROOM);
    this.lines = new Lines(in, limit);
    this.name = name;
    this.idBase = idBase;
    this.stamp = settings.stamp();
    this.json = new DocumentJson(maxBytes, OtherFields.METADATA);
  }

  void visit(Visitor visitor) throws IOException {
    while (lines.next()) {
      number++;
      line(visitor);
      visitor.progress(lines.consumed());
    }
  }

  private void line(Visitor visitor) {
    String origin = name + ":" + number;
    if (lines.tooLong()) {
      visitor.fault(new Fault(origin, "the line is longer than " + limit + " bytes"));
      return;
    }
    int start = number == 1 && startsWithMark() ? MARK : 0;
    if (isBlank(start)) {
      return;
    }
    Document document;
    try {
      document = json.read(lines.bytes(), start, lines.length() - start, this::lineId);
    } catch (IngestException e) {
      visitor.fault(new Fault(origin, e.getMessage()));
      return;
    }
    document.setId(stamp.id(document.getId()));
    visitor.candidate(new LineCandidate(origin, stamp.apply(document)));
  }

  private String lineId() {
    return idBase
        .map(base -> base + "#" + number)
        .orElseThrow(() -> new IngestException.Invalid("'id' is missing"));
  }

  // Windows programs write a byte order mark even where there is no order of bytes.
  private boolean startsWithMark() {
    byte[] bytes = lines.bytes();
    return lines.length() >= MARK
        && bytes[0] == (byte) 0xEF
        && bytes[1] == (byte) 0xBB
        && bytes[2] == (byte) 0xBF;
  }

  private boolean isBlank(int start) {
    for (int i = start; i < lines.length(); i++) {
      if (lines.bytes()[i] > ' ' || lines.bytes()[i] < 0) {
        return false;
      }
    }
    return true;
  }

  private record LineCandidate(String origin, Document document) implements Candidate {

    @Override
    public String id() {
      return document.getId();
    }

    @Override
    public boolean mayRepeat() {
      return true;
    }

    @Override
    public Document load() {
      return document;
    }
  }
}
