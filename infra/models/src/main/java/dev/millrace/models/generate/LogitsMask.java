package dev.millrace.models.generate;

import java.util.BitSet;

/**
 * Says which tokens may come next: the hook for constrained decoding. Called on the engine's thread
 * between tokens, so it must be quick.
 */
@FunctionalInterface
public interface LogitsMask {

  /**
   * @param generated the tokens of the answer so far
   * @return the ids that may follow, at least one; null = any
   */
  BitSet allowed(int[] generated);
}
