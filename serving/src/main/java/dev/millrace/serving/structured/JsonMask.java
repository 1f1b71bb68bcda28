package dev.millrace.serving.structured;

import dev.millrace.models.generate.LogitsMask;
import java.util.BitSet;
import java.util.List;
import java.util.Set;

/**
 * Follows one answer through a grammar. It keeps so much of the answer's tokens in hand that the
 * text can always be brought to an end: near the limit it lets only those tokens through after
 * which the rest still fits, one token a byte.
 */
public final class JsonMask implements LogitsMask {

  private final Automaton automaton;
  private final List<byte[]> bytes;
  private final Set<Integer> stops;
  private final int most;
  private Automaton.State state;
  private int seen;
  private volatile boolean hurried;

  /**
   * @param stops tokens that end an answer
   * @param most tokens of the answer, the one that ends it included
   */
  JsonMask(Automaton automaton, List<byte[]> bytes, Set<Integer> stops, int most) {
    this.automaton = automaton;
    this.bytes = bytes;
    this.stops = stops;
    this.most = most;
    this.state = automaton.start();
  }

  @Override
  public BitSet allowed(int[] generated) {
    follow(generated);
    int rest = most - generated.length - 2; // the token that is chosen now, and the one that ends
    Automaton.Mask mask = automaton.mask(state);
    BitSet allowed = mask.tokens();
    if (mask.longestRest() > rest) {
      BitSet fitting = automaton.within(state, rest);
      hurried |= fitting.cardinality() < allowed.cardinality();
      allowed = fitting;
    }
    if (!state.accepts) {
      return allowed;
    }
    BitSet ending = (BitSet) allowed.clone();
    stops.forEach(ending::set);
    return ending;
  }

  /** Whether the limit took tokens away that the grammar would have let through. */
  public boolean hurried() {
    return hurried;
  }

  private void follow(int[] generated) {
    if (generated.length < seen) {
      seen = 0;
      state = automaton.start();
    }
    while (seen < generated.length) {
      int token = generated[seen++];
      Automaton.State next = automaton.after(state, bytes.get(token));
      if (next == null) {
        throw new IllegalStateException("token " + token + " was not among those allowed");
      }
      state = next;
    }
  }
}
