package dev.millrace.serving.structured;

import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A grammar at work over the tokens of a vocabulary: a state is the set of all stacks of rules that
 * may be open at a place (as in a generalised top-down parser), states are made when they are first
 * reached, and each remembers its successors and the tokens that may follow it. Safe for several
 * threads.
 */
final class Automaton {

  /** Beyond so many, what states remember is forgotten. */
  private static final int MOST_STATES = 20_000;

  private static final int MOST_MASKS = 2_000;
  private static final int MOST_FRAMES = 200_000;

  /** What is still to come, as a stack: a place in a rule, and what follows that rule. */
  private record Key(Node node, int count, Frame next) {}

  private static final class Frame implements Comparable<Frame> {
    final Node node;
    final int count;
    final Frame next;
    final int shortest;
    final int id;

    Frame(Key key, int shortest, int id) {
      this.node = key.node();
      this.count = key.count();
      this.next = key.next();
      this.shortest = shortest;
      this.id = id;
    }

    @Override
    public int compareTo(Frame other) {
      return Integer.compare(id, other.id);
    }
  }

  /** A place in a text; see {@link Automaton}. */
  static final class State {
    private final Frame[] tops;

    /** Whether the text may end here. */
    final boolean accepts;

    /** Bytes of the shortest way to an end; {@link ShortestText#NONE} if there is none. */
    final int shortest;

    private State[] next;
    private Mask mask;

    private State(Frame[] tops, boolean accepts) {
      this.tops = tops;
      this.accepts = accepts;
      int least = accepts ? 0 : ShortestText.NONE;
      for (Frame top : tops) {
        least = Math.min(least, top.shortest);
      }
      this.shortest = least;
    }
  }

  /**
   * @param tokens that may come next; shared: read only
   * @param longestRest of the shortest ways to an end after each of them, the longest
   */
  record Mask(BitSet tokens, int longestRest) {}

  private final TokenTable tokens;
  private final ShortestText lengths;
  private final Map<Key, Frame> frames = new HashMap<>();
  private final Map<Set<Frame>, State> open = new HashMap<>();
  private final Map<Set<Frame>, State> accepting = new HashMap<>();
  private final State dead = new State(new Frame[0], false);
  private final State start;
  private int frameIds;
  private int masks;

  Automaton(Node root, TokenTable tokens) {
    this.tokens = tokens;
    this.lengths = new ShortestText(root, tokens.alphabet);
    Closure closure = new Closure();
    closure.enter(root, null);
    this.start = closure.state();
  }

  State start() {
    return start;
  }

  /** The place after a token; null if the token does not fit. */
  synchronized State after(State state, byte[] token) {
    State now = state;
    for (byte b : token) {
      now = step(now, b & 0xff);
      if (now == dead) {
        return null;
      }
    }
    return now;
  }

  /** All tokens that may come next. */
  synchronized Mask mask(State state) {
    if (state.mask == null) {
      boolean many = open.size() + accepting.size() > MOST_STATES || frames.size() > MOST_FRAMES;
      if (++masks > MOST_MASKS || many) {
        forget();
      }
      state.mask = walk(state, ShortestText.NONE - 1);
    }
    return state.mask;
  }

  /** The tokens after which no more than {@code most} bytes are needed to come to an end. */
  synchronized BitSet within(State state, int most) {
    return walk(state, most).tokens();
  }

  private void forget() {
    for (Map<Set<Frame>, State> states : java.util.List.of(open, accepting)) {
      states
          .values()
          .forEach(
              state -> {
                state.next = null;
                state.mask = null;
              });
      states.clear();
    }
    frames.clear();
    masks = 0;
  }

  private Mask walk(State from, int most) {
    BitSet fitting = new BitSet();
    int longestRest = 0;
    State[] path = new State[tokens.longest + 1];
    path[0] = from;
    int i = 0;
    while (i < tokens.ids.length) {
      byte[] token = tokens.bytes[i];
      int at = tokens.shared[i];
      while (at < token.length) {
        State now = step(path[at], token[at] & 0xff);
        if (now == dead) {
          break;
        }
        path[++at] = now;
      }
      if (at == token.length && path[at].shortest <= most) {
        fitting.set(tokens.ids[i]);
        longestRest = Math.max(longestRest, path[at].shortest);
      }
      i++;
      while (at < token.length && i < tokens.ids.length && tokens.shared[i] > at) {
        i++; // begins with the bytes that did not fit
      }
    }
    return new Mask(fitting, longestRest);
  }

  private State step(State state, int b) {
    if (state.next == null) {
      state.next = new State[256];
    }
    State known = state.next[b];
    if (known == null) {
      Closure closure = new Closure();
      for (Frame top : state.tops) {
        if (((Node.Bytes) top.node).set.has(b)) {
          closure.resume(top.next);
        }
      }
      known = closure.state();
      state.next[b] = known;
    }
    return known;
  }

  private Frame frame(Node node, int count, Frame next) {
    return frames.computeIfAbsent(
        new Key(node, count, next), key -> new Frame(key, shortest(key), frameIds++));
  }

  private int shortest(Key key) {
    int own =
        switch (key.node()) {
          case Node.Seq seq -> {
            int sum = 0;
            for (Node part : seq.parts.subList(key.count(), seq.parts.size())) {
              sum = ShortestText.sum(sum, lengths.of(part));
            }
            yield sum;
          }
          case Node.Repeat repeat ->
              ShortestText.times(Math.max(0, repeat.min - key.count()), lengths.of(repeat.body));
          default -> lengths.of(key.node());
        };
    return ShortestText.sum(own, key.next() == null ? 0 : key.next().shortest);
  }

  /** Follows rules until every stack waits for a byte. */
  private final class Closure {

    private record Entry(Node node, Frame next) {}

    private final Set<Entry> entered = new HashSet<>();
    private final TreeSet<Frame> tops = new TreeSet<>();
    private boolean accepts;

    void enter(Node node, Frame next) {
      if (!entered.add(new Entry(node, next))) {
        return; // a rule that begins with itself, or two ways to the same place
      }
      switch (node) {
        case Node.Bytes b -> tops.add(frame(b, 0, next));
        case Node.Seq seq -> inSeq(seq, 0, next);
        case Node.Alt alt -> alt.choices.forEach(choice -> enter(choice, next));
        case Node.Repeat repeat -> inRepeat(repeat, 0, next);
        case Node.Rule rule -> enter(rule.body(), next);
      }
    }

    void resume(Frame frame) {
      if (frame == null) {
        accepts = true;
      } else if (frame.node instanceof Node.Seq seq) {
        inSeq(seq, frame.count, frame.next);
      } else {
        inRepeat((Node.Repeat) frame.node, frame.count, frame.next);
      }
    }

    private void inSeq(Node.Seq seq, int at, Frame next) {
      int size = seq.parts.size();
      if (at == size) {
        resume(next);
      } else {
        enter(seq.parts.get(at), at + 1 == size ? next : frame(seq, at + 1, next));
      }
    }

    private void inRepeat(Node.Repeat repeat, int done, Frame next) {
      if (done >= repeat.min) {
        resume(next);
      }
      if (repeat.max == Node.MANY) {
        enter(repeat.body, frame(repeat, Math.min(done + 1, repeat.min), next));
      } else if (done < repeat.max) {
        enter(repeat.body, frame(repeat, done + 1, next));
      }
    }

    State state() {
      if (tops.isEmpty() && !accepts) {
        return dead;
      }
      Map<Set<Frame>, State> states = accepts ? accepting : open;
      return states.computeIfAbsent(
          Set.copyOf(tops), key -> new State(tops.toArray(Frame[]::new), accepts));
    }
  }
}
