package dev.millrace.serving.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes server-sent events as OpenAI's clients read them: {@code data: {json}} and an empty line
 * each, {@code data: [DONE]} at the end, comments to keep the line open. Everything is flushed at
 * once.
 */
final class EventStream {

  private static final byte[] DATA = "data: ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] END = "\n\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DONE = "data: [DONE]\n\n".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] KEEP_ALIVE = ": keep-alive\n\n".getBytes(StandardCharsets.US_ASCII);

  private final OutputStream out;

  EventStream(OutputStream out) {
    this.out = out;
  }

  /** JSON has no line breaks outside of its strings, and none unescaped inside: one line it is. */
  void send(JsonNode event) throws IOException {
    byte[] json = Json.write(event).getBytes(StandardCharsets.UTF_8);
    byte[] whole = new byte[DATA.length + json.length + END.length];
    System.arraycopy(DATA, 0, whole, 0, DATA.length);
    System.arraycopy(json, 0, whole, DATA.length, json.length);
    System.arraycopy(END, 0, whole, DATA.length + json.length, END.length);
    write(whole);
  }

  void keepAlive() throws IOException {
    write(KEEP_ALIVE);
  }

  void done() throws IOException {
    write(DONE);
  }

  private void write(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }
}
