package dev.millrace.ingest.push;

import dev.millrace.contracts.avro.Document;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A SHA-256 of 32 bytes.
 *
 * @param high and {@code low}: its first 16 bytes, which are enough to tell documents apart
 * @param hex all of it
 */
record Digest(long high, long low, String hex) {

  private static final HexFormat HEX = HexFormat.of();

  /** Of everything that a document says, but not of when it was sent. */
  static Digest of(Document document) {
    MessageDigest sha = sha256();
    part(sha, document.getContent().duplicate());
    for (String field :
        new String[] {
          document.getContentType(), document.getFileName(), document.getTitle(), document.getUri()
        }) {
      part(sha, field);
    }
    Map<String, String> metadata = new TreeMap<>(document.getMetadata());
    part(sha, String.valueOf(metadata.size()));
    metadata.forEach(
        (name, value) -> {
          part(sha, name);
          part(sha, value);
        });
    List<String> acl = document.getAcl().stream().sorted().toList();
    acl.forEach(principal -> part(sha, principal));
    return of(sha.digest());
  }

  /** Of an id. */
  static Digest of(String id) {
    return of(sha256().digest(id.getBytes(StandardCharsets.UTF_8)));
  }

  static Digest ofHex(String hex) {
    if (hex.length() != 64) {
      throw new IllegalArgumentException("not a SHA-256: " + hex);
    }
    return new Digest(
        HexFormat.fromHexDigitsToLong(hex, 0, 16), HexFormat.fromHexDigitsToLong(hex, 16, 32), hex);
  }

  private static Digest of(byte[] hash) {
    var longs = ByteBuffer.wrap(hash);
    return new Digest(longs.getLong(), longs.getLong(), HEX.formatHex(hash));
  }

  // Every part carries its length, so that no two lists of parts look alike.
  private static void part(MessageDigest sha, String text) {
    if (text == null) {
      sha.update(ByteBuffer.allocate(Integer.BYTES).putInt(-1).flip());
    } else {
      part(sha, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }
  }

  private static void part(MessageDigest sha, ByteBuffer bytes) {
    sha.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.remaining()).flip());
    sha.update(bytes);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
