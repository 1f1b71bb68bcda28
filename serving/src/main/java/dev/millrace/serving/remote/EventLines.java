package dev.millrace.serving.remote;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * Reads the data of server-sent events, one after the other: comments and other fields are passed
 * over, several data lines of one event are joined. An event has a bound.
 */
final class EventLines {

  private static final int LONGEST = 8 << 20;

  private final InputStream in;
  private final byte[] buffer = new byte[8192];
  private int at;
  private int filled;
  private boolean ended;

  EventLines(InputStream in) {
    this.in = in;
  }

  /** The data of the next event; null at the end of the stream. */
  String next() throws IOException {
    StringBuilder data = null;
    while (!ended) {
      String line = line();
      if (line.isEmpty()) {
        if (data != null) {
          return data.toString();
        }
      } else if (line.startsWith("data:")) {
        String value = line.substring(line.startsWith("data: ") ? 6 : 5);
        data = data == null ? new StringBuilder(value) : data.append('\n').append(value);
        if (data.length() > LONGEST) {
          throw new IOException("an event of more than " + LONGEST + " characters");
        }
      }
    }
    return data == null ? null : data.toString();
  }

  /** Without its end, which is LF or CR LF. */
  private String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (true) {
      if (at == filled) {
        filled = in.read(buffer);
        at = 0;
        if (filled < 0) {
          filled = 0;
          ended = true;
          break;
        }
      }
      byte b = buffer[at++];
      if (b == '\n') {
        break;
      }
      line.write(b);
      if (line.size() > LONGEST) {
        throw new IOException("a line of more than " + LONGEST + " bytes");
      }
    }
    String text = line.toString(StandardCharsets.UTF_8);
    return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
  }
}
