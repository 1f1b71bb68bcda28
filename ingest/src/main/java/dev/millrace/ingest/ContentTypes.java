package dev.millrace.ingest;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.tika.Tika;

/** Finds a content's media type from its first bytes and, where it has one, its file name. */
public final class ContentTypes {

  // As much as the longest signature of the detector looks at.
  private static final int PREFIX = 64 << 10;

  private final Tika tika = new Tika();

  /**
   * @param fileName may be null
   * @return a media type such as {@code text/html}; {@code application/octet-stream} if unknown
   */
  public String detect(ByteBuffer content, String fileName) {
    var view = content.duplicate();
    byte[] prefix = new byte[Math.min(PREFIX, view.remaining())];
    view.get(prefix);
    prefix = wholeCharacters(prefix, content.remaining());
    return fileName == null ? tika.detect(prefix) : tika.detect(prefix, fileName);
  }

  // A prefix that ends inside of a UTF-8 sequence looks like binary data to a strict reader.
  private static byte[] wholeCharacters(byte[] prefix, int total) {
    if (prefix.length == total) {
      return prefix;
    }
    int end = prefix.length;
    while (end > prefix.length - 3 && (prefix[end - 1] & 0xC0) == 0x80) {
      end--;
    }
    return (prefix[end - 1] & 0xC0) == 0xC0 ? Arrays.copyOf(prefix, end - 1) : prefix;
  }
}
