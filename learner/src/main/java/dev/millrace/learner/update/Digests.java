package dev.millrace.learner.update;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** One hash for several. */
final class Digests {

  private Digests() {}

  static String of(List<String> hashes) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      hashes.forEach(hash -> digest.update((hash + "\n").getBytes(StandardCharsets.US_ASCII)));
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
