package dev.millrace.preprocess.chunk;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * SHA-256 of what is embedded: title, heading path, text. They are joined by control characters,
 * which cleaned text never holds, so two different triples never give the same bytes.
 */
final class ChunkHash {

  private static final byte FIELD = 0x1E;
  private static final byte ITEM = 0x1F;

  private ChunkHash() {}

  static String of(Optional<String> title, List<String> headings, String text) {
    MessageDigest digest = sha256();
    digest.update(title.orElse("").getBytes(StandardCharsets.UTF_8));
    digest.update(FIELD);
    for (String heading : headings) {
      digest.update(heading.getBytes(StandardCharsets.UTF_8));
      digest.update(ITEM);
    }
    digest.update(FIELD);
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
