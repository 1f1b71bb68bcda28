package dev.millrace.models.generate;

import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.decoder.Decoder;
import dev.millrace.models.decoder.DecoderConfig;
import dev.millrace.models.decoder.DecoderScript;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.decoder.Packing;
import dev.millrace.models.generate.GeneratedSequence.Alternative;
import dev.millrace.models.generate.GeneratedSequence.Finish;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.TorchRuntime;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * Continuous batching: sequences enter and leave between tokens. Every {@link #step()} is one
 * native call, which either computes waiting prompts or writes one token to every running sequence.
 *
 * <p>A sequence's tokens depend on its prompt, its parameters and the weights, not on what else is
 * in the batch: randomness is a function of (seed, copy, position). Matrix products of different
 * sizes round differently in the last bits, though, so two runs differ where a draw falls within
 * about 1e-6 of the border between two tokens.
 *
 * <p>The engine belongs to one thread, {@link #swap} alone may come from any. Its weights may be
 * exchanged between two tokens; sequences go on with the keys and values that they have, and every
 * token records the version that wrote it.
 */
public final class GenerationEngine implements AutoCloseable {

  private record Incoming(Decoder decoder, long version) {}

  private final TorchRuntime runtime;
  private final DecoderConfig config;
  private final DecoderScript script;
  private final GenerationSettings settings;
  private final TokenText text;
  private final SlotMemory memory;
  private final long kvBytes;
  private final AtomicReference<Incoming> incoming = new AtomicReference<>();
  private final Deque<WaitingRequest> waiting = new ArrayDeque<>();
  private final List<RunningSequence> running = new ArrayList<>();
  private Decoder decoder;
  private long version;
  private long steps;
  private long promptTokens;
  private long generatedTokens;

  /**
   * @param weights the first weights; they are copied
   * @param version their version
   * @param text for stop strings; null if no request has any
   * @throws IllegalArgumentException if keys and values would not fit the bound of the settings
   */
  public GenerationEngine(
      DecoderWeights weights, long version, GenerationSettings settings, TokenText text) {
    this.runtime = weights.runtime();
    this.config = weights.config();
    this.settings = settings;
    this.text = text;
    this.kvBytes = settings.kvBytes(config, runtime.precision().bytes());
    if (kvBytes > settings.maxKvBytes()) {
      throw new IllegalArgumentException(
          "%d slots of %d tokens need %d MB for keys and values, more than the %d MB allowed: lower slots or context"
              .formatted(
                  settings.slots(),
                  settings.context(),
                  kvBytes >> 20,
                  settings.maxKvBytes() >> 20));
    }
    this.script =
        settings.slots() > 1
            ? DecoderScript.compileForBatches(runtime, config)
            : DecoderScript.compile(runtime, config);
    script.requireFinite(weights, "version " + version);
    this.decoder = Decoder.of(weights, script, settings.context());
    this.version = version;
    this.memory = new SlotMemory(runtime, decoder, settings.slots(), settings.context());
  }

  /**
   * Offers new weights; they are in force from the next token on. They are copied, on the calling
   * thread, before this returns; if an earlier offer still waits, it is dropped.
   *
   * @throws IllegalStateException naming the tensor with a NaN, if there is one; the old weights
   *     stay
   */
  public void swap(DecoderWeights weights, long version) {
    if (!weights.config().equals(config)) {
      throw new IllegalArgumentException(
          "version " + version + " has another shape than the model that runs");
    }
    script.requireFinite(weights, "version " + version);
    Incoming next = new Incoming(Decoder.of(weights, script, settings.context()), version);
    Incoming dropped = incoming.getAndSet(next);
    if (dropped != null) {
      dropped.decoder().close();
    }
  }

  /**
   * Queues a request.
   *
   * @throws IllegalArgumentException if the prompt leaves no room for an answer or holds unknown
   *     ids
   * @throws IllegalStateException if too many requests wait already
   */
  public void submit(GenerationRequest request, GenerationListener listener) {
    RequestCheck.require(request, settings, config, text != null);
    if (waiting.size() >= settings.maxWaiting()) {
      throw new IllegalStateException(
          "request " + request.id() + " refused: " + waiting.size() + " requests wait already");
    }
    waiting.add(new WaitingRequest(request, listener));
  }

  /** Ends a request; its running sequences finish as {@link Finish#CANCELLED}. */
  public void cancel(String requestId) {
    Predicate<WaitingRequest> named = w -> w.request.id().equals(requestId);
    List<WaitingRequest> unstarted = waiting.stream().filter(named).toList();
    waiting.removeAll(unstarted);
    leave(r -> named.test(r.owner) ? Finish.CANCELLED : null);
    for (WaitingRequest request : unstarted) {
      while (request.remaining() > 0) {
        var never = new RunningSequence(request, request.started++, settings.context());
        request.listener.finished(never.finish(Finish.CANCELLED));
      }
    }
  }

  /** Whether there is nothing to do. */
  public boolean idle() {
    return waiting.isEmpty() && running.isEmpty();
  }

  /**
   * One native call: prompts that wait and fit, otherwise a token for every running sequence.
   *
   * @return false if there was nothing to do
   */
  public boolean step() {
    takeIncoming();
    if (!waiting.isEmpty() && fits(waiting.peek())) {
      guarded(this::admit);
    } else if (!running.isEmpty()) {
      guarded(this::decode);
    } else {
      return false;
    }
    steps++;
    return true;
  }

  /** Runs requests to their end; sequences in the order of requests and copies. */
  public List<GeneratedSequence> run(List<GenerationRequest> requests) {
    var gathered = new GatheredGroups(requests);
    requests.forEach(request -> submit(request, gathered));
    while (!gathered.failed() && step()) {
      // every step makes progress
    }
    return gathered.sequences();
  }

  /** What the engine is doing. */
  public GenerationStats stats() {
    long used = running.stream().mapToLong(r -> r.position() + 1).sum();
    return new GenerationStats(
        running.size(),
        waiting.size(),
        settings.slots(),
        kvBytes,
        used,
        (long) settings.slots() * settings.context(),
        steps,
        promptTokens,
        generatedTokens,
        version);
  }

  private void takeIncoming() {
    Incoming next = incoming.getAndSet(null);
    if (next != null) {
      decoder.close();
      decoder = next.decoder();
      version = next.version();
    }
  }

  // A failure inside a call (memory, a broken mask) ends what was running, with its reason; the
  // engine stays usable.
  private void guarded(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException e) {
      List<WaitingRequest> owners = running.stream().map(r -> r.owner).distinct().toList();
      running.clear();
      owners.forEach(owner -> fail(owner, e));
      if (owners.isEmpty()) {
        throw e;
      }
    }
  }

  private void fail(WaitingRequest owner, RuntimeException error) {
    if (!owner.dead) {
      owner.dead = true;
      waiting.remove(owner);
      owner.listener.failed(owner.request.id(), error);
    }
  }

  private boolean fits(WaitingRequest request) {
    int wanted = Math.min(request.remaining(), settings.slots());
    return running.size() + wanted <= settings.slots();
  }

  private void admit() {
    int first = running.size();
    List<int[]> prompts = new ArrayList<>();
    List<Long> copies = new ArrayList<>();
    int width = 0;
    while (!waiting.isEmpty() && fits(waiting.peek())) {
      WaitingRequest next = waiting.peek();
      width = Math.max(width, next.request.promptLength());
      if (!prompts.isEmpty() && width * (prompts.size() + 1) > settings.prefillTokens()) {
        break;
      }
      int wanted = Math.min(next.remaining(), settings.slots());
      if (next.started == 0) {
        next.listener.started(next.request.id());
      }
      for (int i = 0; i < wanted; i++) {
        copies.add((long) prompts.size());
        running.add(new RunningSequence(next, next.started++, settings.context()));
      }
      prompts.add(next.request.promptTokens());
      promptTokens += next.request.promptLength();
      if (next.remaining() == 0) {
        waiting.poll();
      }
    }
    List<RunningSequence> fresh = running.subList(first, running.size());
    try (Scope out = memory.scope().child()) {
      SlotMemory.Mode mode = StepInputs.mode(fresh);
      PtNDArray seen = mode.penal() ? StepInputs.seen(out, fresh, config.vocab()) : null;
      if (mode.penal()) {
        memory.remember();
      }
      double[] result =
          memory.admit(
              out,
              decoder,
              Packing.of(out, prompts, config.vocab()),
              StepInputs.lastTokens(prompts),
              first,
              copies.stream().mapToLong(Long::longValue).toArray(),
              fresh.stream().mapToLong(r -> r.owner.request.promptLength()).toArray(),
              StepInputs.parameters(fresh),
              seen,
              StepInputs.uniforms(fresh),
              StepInputs.mask(out, fresh, config.vocab()),
              mode);
      record(fresh, result, mode);
    }
    leave(sequence -> sequence.end(text));
  }

  private void decode() {
    try (Scope out = memory.scope().child()) {
      int shortest = Integer.MAX_VALUE;
      int longest = 0;
      for (RunningSequence sequence : running) {
        shortest = Math.min(shortest, sequence.position() + 1);
        longest = Math.max(longest, sequence.position() + 1);
      }
      SlotMemory.Mode mode = StepInputs.mode(running);
      double[] result =
          memory.decode(
              out,
              decoder,
              running.size(),
              longest,
              shortest != longest,
              StepInputs.uniforms(running),
              StepInputs.mask(out, running, config.vocab()),
              mode);
      record(running, result, mode);
    }
    leave(sequence -> sequence.end(text));
  }

  private void record(List<RunningSequence> sequences, double[] result, SlotMemory.Mode mode) {
    for (int i = 0; i < sequences.size(); i++) {
      RunningSequence sequence = sequences.get(i);
      int at = i * mode.width();
      if (sequence.owner.dead) {
        continue;
      }
      if (!Double.isFinite(result[at + 1]) || !Double.isFinite(result[at + 2])) {
        // Its neighbours may be well: only its own group ends.
        fail(sequence.owner, new NonFiniteLogitsException(sequence.owner.request.id(), version));
        continue;
      }
      var written =
          new WrittenToken(
              (int) result[at],
              (float) result[at + 1],
              (float) result[at + 2],
              version,
              alternatives(result, at + 3, sequence.params().topLogProbs()));
      sequence.add(written);
      generatedTokens++;
      sequence.owner.listener.written(sequence.owner.request.id(), sequence.index, written);
    }
  }

  private static List<Alternative> alternatives(double[] result, int at, int wanted) {
    if (wanted == 0) {
      return List.of();
    }
    List<Alternative> out = new ArrayList<>(wanted);
    for (int k = 0; k < wanted; k++) {
      out.add(new Alternative((int) result[at + 2 * k], (float) result[at + 2 * k + 1]));
    }
    return out;
  }

  // Sequences that end leave gaps; those in the last slots that go on move into them.
  private void leave(Function<RunningSequence, Finish> why) {
    List<GeneratedSequence> ended = new ArrayList<>();
    List<WaitingRequest> owners = new ArrayList<>();
    List<Integer> gaps = new ArrayList<>();
    for (int slot = 0; slot < running.size(); slot++) {
      boolean dead = running.get(slot).owner.dead;
      Finish finish = dead ? Finish.CANCELLED : why.apply(running.get(slot));
      if (finish != null) {
        ended.add(running.get(slot).finish(finish));
        owners.add(running.get(slot).owner);
        gaps.add(slot);
      }
    }
    if (ended.isEmpty()) {
      return;
    }
    closeGaps(gaps);
    for (int i = 0; i < ended.size(); i++) {
      if (!owners.get(i).dead) {
        owners.get(i).listener.finished(ended.get(i));
      }
    }
  }

  private void closeGaps(List<Integer> gaps) {
    int left = running.size() - gaps.size();
    long[] to = gaps.stream().filter(gap -> gap < left).mapToLong(Integer::longValue).toArray();
    long[] from =
        IntStream.range(left, running.size())
            .filter(slot -> Collections.binarySearch(gaps, slot) < 0)
            .asLongStream()
            .toArray();
    int length = 0;
    for (int i = 0; i < from.length; i++) {
      RunningSequence moved = running.get((int) from[i]);
      length = Math.max(length, moved.position());
      running.set((int) to[i], moved);
    }
    if (from.length > 0) {
      try (Scope out = memory.scope().child()) {
        memory.move(out, decoder, from, to, length);
      }
    }
    running.subList(left, running.size()).clear();
  }

  @Override
  public void close() {
    Incoming unused = incoming.getAndSet(null);
    if (unused != null) {
      unused.decoder().close();
    }
    memory.close();
    decoder.close();
    script.close();
  }
}
