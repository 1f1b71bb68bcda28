package dev.millrace.ingest.push;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * One line of a journal: its checksum, a tab, then what happened, its parts separated by tabs.
 * Neither ids nor encoded source names hold control characters.
 */
sealed interface JournalLine {

  /** The file's first line: what it is and which log it is about. */
  record Header(String log) implements JournalLine {}

  /** Gives a source a number for the lines that follow. */
  record Source(int number, String name) implements JournalLine {}

  /** The log has acknowledged this state of a document. */
  record Sent(String id, Digest content, long fingerprint, int source) implements JournalLine {}

  /** The log has acknowledged the deletion of a document. */
  record Deleted(String id) implements JournalLine {}

  int CHECKSUM = 8;

  /** Its bytes, end of line included. */
  default byte[] encode() {
    String body =
        switch (this) {
          case Header(String log) -> "h\t1\t" + escape(log);
          case Source(int number, String name) -> "s\t" + number + "\t" + escape(name);
          case Sent(String id, Digest content, long fingerprint, int source) ->
              "+\t%s\t%s\t%d\t%s"
                  .formatted(content.hex(), Long.toHexString(fingerprint), source, id);
          case Deleted(String id) -> "-\t" + id;
        };
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return ("%08x\t%s\n".formatted(checksum(bytes, 0, bytes.length), body))
        .getBytes(StandardCharsets.UTF_8);
  }

  /** What {@code line} says, without its end; empty when it is damaged. */
  static Optional<JournalLine> decode(byte[] line, int length) {
    int body = CHECKSUM + 1;
    if (length <= body || line[CHECKSUM] != '\t') {
      return Optional.empty();
    }
    try {
      String sum = new String(line, 0, CHECKSUM, StandardCharsets.US_ASCII);
      if (Long.parseLong(sum, 16) != checksum(line, body, length - body)) {
        return Optional.empty();
      }
      String text = new String(line, body, length - body, StandardCharsets.UTF_8);
      return Optional.of(parse(text.split("\t", 5)));
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      return Optional.empty(); // a number that is none, a part that is missing
    }
  }

  private static JournalLine parse(String[] parts) {
    return switch (parts[0]) {
      case "h" -> {
        if (!parts[1].equals("1")) {
          throw new IllegalArgumentException("version " + parts[1]);
        }
        yield new Header(unescape(parts[2]));
      }
      case "s" -> new Source(Integer.parseInt(parts[1]), unescape(parts[2]));
      case "+" ->
          new Sent(
              parts[4],
              Digest.ofHex(parts[1]),
              Long.parseUnsignedLong(parts[2], 16),
              Integer.parseInt(parts[3]));
      case "-" -> new Deleted(parts[1]);
      default -> throw new IllegalArgumentException("unknown line " + parts[0]);
    };
  }

  private static long checksum(byte[] bytes, int from, int length) {
    var crc = new CRC32();
    crc.update(bytes, from, length);
    return crc.getValue();
  }

  // A path may hold tabs and line ends.
  private static String escape(String text) {
    return text.replace("%", "%25").replace("\t", "%09").replace("\n", "%0A").replace("\r", "%0D");
  }

  private static String unescape(String text) {
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%09", "\t").replace("%25", "%");
  }
}
