package dev.millrace.ingest;

import dev.millrace.contracts.avro.Document;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Documents for tests. */
public final class Documents {

  private Documents() {}

  public static Document of(String id, String text) {
    return new Document(
        id,
        ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)),
        null,
        null,
        null,
        null,
        Map.of(),
        List.of(),
        0L);
  }

  public static String text(Document document) {
    return StandardCharsets.UTF_8.decode(document.getContent().duplicate()).toString();
  }

  public static Document copy(Document document) {
    return Document.newBuilder(document).build();
  }
}
