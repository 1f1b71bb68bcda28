package dev.millrace.ingest.source;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * The lines of a stream as bytes, each at most so long: of a longer one only the length is told, so
 * that a stream without line ends cannot fill the memory. Ends of line are LF or CR LF.
 */
public final class Lines {

  private static final int FIRST = 8 << 10;

  private final InputStream in;
  private final int limit;
  private final byte[] chunk = new byte[64 << 10];
  private int at;
  private int end;
  private byte[] line = new byte[FIRST];
  private int length;
  private long consumed;
  private boolean terminated;

  /**
   * @param in read in large pieces and not closed
   * @param limit bytes that a line may have
   */
  public Lines(InputStream in, int limit) {
    this.in = in;
    this.limit = limit;
  }

  /** Reads the next line; false at the end of the stream. */
  public boolean next() throws IOException {
    length = 0;
    consumed = 0;
    terminated = false;
    while (fill()) {
      int stop = at;
      while (stop < end && chunk[stop] != '\n') {
        stop++;
      }
      append(at, stop);
      consumed += stop - at;
      at = stop;
      if (stop < end) {
        at++;
        consumed++;
        terminated = true;
        trimReturn();
        return true;
      }
    }
    trimReturn();
    return consumed > 0;
  }

  private boolean fill() throws IOException {
    if (at < end) {
      return true;
    }
    at = 0;
    end = Math.max(0, in.read(chunk));
    return end > 0;
  }

  private void append(int from, int to) {
    int more = Math.min(to - from, limit + 1 - length);
    if (length + more > line.length) {
      int wanted = (int) Math.min(limit + 1L, Math.max(2L * line.length, length + more));
      line = Arrays.copyOf(line, wanted);
    }
    System.arraycopy(chunk, from, line, length, more);
    length += more;
  }

  private void trimReturn() {
    if (length > 0 && length <= limit && line[length - 1] == '\r') {
      length--;
    }
  }

  /** True when the current line is longer than the limit. */
  public boolean tooLong() {
    return length > limit;
  }

  /** True when the current line has an end: the last one of a torn file has none. */
  public boolean terminated() {
    return terminated;
  }

  /** The bytes of the current line, valid until the next call, {@link #length()} of them. */
  public byte[] bytes() {
    return line;
  }

  /** Bytes of the current line without its end. */
  public int length() {
    return length;
  }

  /** Bytes of the stream that the current line took, its end included. */
  public long consumed() {
    return consumed;
  }
}
