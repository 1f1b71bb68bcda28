package dev.millrace.models.generate;

import dev.millrace.models.generate.GeneratedSequence.Alternative;
import dev.millrace.models.generate.GeneratedSequence.Finish;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A sequence in a slot: what it has written so far and when it ends. */
final class RunningSequence {

  final WaitingRequest owner;
  final int index;
  private final int limit;
  private final Finish atLimit;
  private int[] tokens = new int[16];
  private float[] drawn = new float[16];
  private float[] model = new float[16];
  private long[] versions = new long[16];
  private final List<List<Alternative>> top = new ArrayList<>();
  private int size;

  RunningSequence(WaitingRequest owner, int index, int context) {
    this.owner = owner;
    this.index = index;
    int room = context - owner.request.promptLength();
    int wanted = owner.request.params().maxTokens();
    this.limit = Math.min(room, wanted);
    this.atLimit = room < wanted ? Finish.CONTEXT : Finish.MAX_TOKENS;
  }

  SamplingParams params() {
    return owner.request.params();
  }

  /** Number of tokens written. */
  int size() {
    return size;
  }

  /** Where the last token stands in the context. */
  int position() {
    return owner.request.promptLength() + size - 1;
  }

  int[] tokens() {
    return Arrays.copyOf(tokens, size);
  }

  double uniform() {
    return params().draws() ? Philox.uniform(params().seed(), index, size) : 0;
  }

  void add(WrittenToken written) {
    if (size == tokens.length) {
      int larger = size * 2;
      tokens = Arrays.copyOf(tokens, larger);
      drawn = Arrays.copyOf(drawn, larger);
      model = Arrays.copyOf(model, larger);
      versions = Arrays.copyOf(versions, larger);
    }
    tokens[size] = written.token();
    drawn[size] = written.logProb();
    model[size] = written.modelLogProb();
    versions[size] = written.version();
    size++;
    if (params().topLogProbs() > 0) {
      top.add(written.top());
    }
  }

  /** Why the sequence ends here, or null if it goes on. */
  Finish end(TokenText text) {
    if (params().stopTokens().contains(tokens[size - 1])) {
      return Finish.STOP_TOKEN;
    }
    if (!params().stopStrings().isEmpty() && endsInStopString(text)) {
      return Finish.STOP_STRING;
    }
    return size >= limit ? atLimit : null;
  }

  // A stop string of n characters lies within the last n tokens and one that it began in; some more
  // for characters of several tokens.
  private boolean endsInStopString(TokenText text) {
    int longest = params().stopStrings().stream().mapToInt(String::length).max().orElse(0);
    int from = Math.max(0, size - 4 * longest - 8);
    String tail = text.of(Arrays.copyOfRange(tokens, from, size));
    return params().stopStrings().stream().anyMatch(tail::contains);
  }

  GeneratedSequence finish(Finish finish) {
    return new GeneratedSequence(
        owner.request.id(),
        index,
        tokens(),
        Arrays.copyOf(drawn, size),
        Arrays.copyOf(model, size),
        Arrays.copyOf(versions, size),
        List.copyOf(top),
        finish);
  }
}
