package dev.millrace.ingest.prompt;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Which prompts are kept for evaluation: a share of them, chosen by the hash of their ids. The same
 * id is always on the same side, whatever is pushed before or beside it, and a larger share holds
 * every prompt of a smaller one.
 *
 * @param share from 0 to 1
 */
public record HeldOut(double share) {

  /** None. */
  public static final HeldOut NONE = new HeldOut(0);

  public HeldOut {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException("the held-out share must be from 0 to 1: " + share);
    }
  }

  public boolean contains(String id) {
    return share > 0 && place(id) < share;
  }

  /** Where an id stands between 0 (included) and 1 (excluded), evenly. */
  private static double place(String id) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8));
      return (ByteBuffer.wrap(hash).getLong() >>> 11) * 0x1p-53;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
