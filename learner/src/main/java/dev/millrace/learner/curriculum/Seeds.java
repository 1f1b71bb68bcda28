package dev.millrace.learner.curriculum;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Seeds of samples: a hash of the run's seed and of what is sampled, so that they depend on neither
 * time nor machine.
 */
public final class Seeds {

  private static final long EVALUATION = 0x6576616cL;

  private Seeds() {}

  /** Of the n-th TRAIN task of a run, from 0; its samples draw from this and the numbers after. */
  public static long train(long runSeed, long task) {
    return mix(runSeed, task);
  }

  /** Of the n-th task of an evaluation: every evaluation draws the same. */
  public static long evaluation(long runSeed, int index) {
    return mix(mix(runSeed, EVALUATION), index);
  }

  /** A number for a prompt: the first eight bytes of the SHA-256 of its id. */
  static long id(String promptId) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(promptId.getBytes(StandardCharsets.UTF_8));
      return ByteBuffer.wrap(hash).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** The finalizer of SplitMix64 (Steele, Lea and Flood 2014) over both numbers. */
  static long mix(long a, long b) {
    long z = a * 0x9E3779B97F4A7C15L + b + 0x632BE59BD9B4E019L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
