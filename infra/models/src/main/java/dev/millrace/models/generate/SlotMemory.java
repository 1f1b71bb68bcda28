package dev.millrace.models.generate;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.decoder.Decoder;
import dev.millrace.models.decoder.Packing;
import dev.millrace.models.script.Precision;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.ScriptModule;
import dev.millrace.models.script.TensorList;
import dev.millrace.models.script.TorchRuntime;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.util.List;

/**
 * The native side of an engine: keys and values of all slots, and what each slot needs for its next
 * token (its last token, its position, its parameters, the tokens it has seen). One method, one
 * native call.
 */
final class SlotMemory implements AutoCloseable {

  /**
   * What sampling the sequences of a call need.
   *
   * @param bits a sum of DRAWS and so on
   * @param top the most alternatives that any of them reports
   */
  record Mode(int bits, int top) {

    static final int DRAWS = 1;
    static final int GREEDY = 2;
    static final int TEMPERATURE = 4;
    static final int FILTERS = 8;
    static final int PENALTY = 16;
    static final int MASK = 32;

    boolean penal() {
      return (bits & PENALTY) != 0;
    }

    int width() {
      return 3 + 2 * top;
    }
  }

  private final int slots;
  private final int capacity;
  private final int vocab;
  private final Scope scope;
  private final TensorList caches;
  private final TensorList firsts;
  private final boolean lean;
  private final ScriptModule script;
  private final boolean pinned;
  private final PtNDArray current;
  private final PtNDArray position;
  private final PtNDArray params;
  private final PtNDArray noMask;
  private final Scope host;
  private TensorList state;
  private TensorList io;
  private DoubleBuffer draws;
  private DoubleBuffer results;
  private int top;
  private boolean sees;

  SlotMemory(TorchRuntime runtime, Decoder decoder, int slots, int capacity) {
    this.slots = slots;
    this.capacity = capacity;
    this.vocab = decoder.config().vocab();
    this.scope = Scope.open(runtime);
    this.script = decoder.script().module();
    this.pinned = runtime.device().isGpu();
    this.caches = script.inferList(1, "caches", slots, capacity, decoder.fused());
    this.firsts = script.inferList(1, "firsts", caches);
    this.lean = !runtime.device().isGpu() && runtime.precision() == Precision.FLOAT32;
    this.current = scope.zeros(DataType.INT64, slots);
    this.position = scope.zeros(DataType.INT64, slots);
    this.params = scope.zeros(DataType.FLOAT32, slots, 5);
    this.noMask = scope.zeros(DataType.FLOAT32, 0, vocab);
    this.state = state(0);
    this.host = Scope.open(TorchRuntime.cpu());
    this.io = io();
  }

  private TensorList state(int rows) {
    return TensorList.of(
        List.of(current, position, params, scope.zeros(DataType.BOOLEAN, rows, vocab)));
  }

  int capacity() {
    return capacity;
  }

  Scope scope() {
    return scope;
  }

  /** Room for the tokens that sequences have seen, made when the first penalty asks for it. */
  void remember() {
    if (!sees) {
      sees = true;
      TensorList old = state;
      state = state(slots);
      old.close();
    }
  }

  /**
   * Computes prompts and writes the first token of each new sequence.
   *
   * @param copies for every new slot, from {@code first} on, the number of its prompt
   * @return for each new slot {@link Mode#width()} numbers: token, log-probability drawn,
   *     log-probability under the model, and for each alternative its token and log-probability
   */
  double[] admit(
      Scope out,
      Decoder decoder,
      Packing prompts,
      long[] last,
      int first,
      long[] copies,
      long[] at,
      float[] parameters,
      PtNDArray seen,
      double[] uniforms,
      PtNDArray mask,
      Mode mode) {
    prepare(uniforms, mode);
    decoder
        .script()
        .module()
        .infer(
            out,
            decoder.script().threads(),
            "admit",
            prompts.tokens(),
            prompts.positions(),
            out.longs(last),
            prompts.pad(),
            prompts.unpad(),
            prompts.rows(),
            prompts.width(),
            first,
            out.longs(copies),
            out.longs(at),
            out.floats(parameters, copies.length, 5),
            seen == null ? out.zeros(DataType.BOOLEAN, 0, vocab) : seen,
            state,
            io,
            mask == null ? noMask : mask,
            mode.bits(),
            mode.top(),
            decoder.rotations(),
            decoder.fused(),
            caches);
    return results(copies.length, mode);
  }

  /**
   * Writes one token to each of the slots 0 .. n - 1.
   *
   * @param length positions that the longest of them has, the new one included
   * @param ragged whether they differ in length
   * @return as {@link #admit}
   */
  double[] decode(
      Scope out,
      Decoder decoder,
      int n,
      int length,
      boolean ragged,
      double[] uniforms,
      PtNDArray mask,
      Mode mode) {
    prepare(uniforms, mode);
    decoder
        .script()
        .module()
        .infer(
            out,
            decoder.script().threads(),
            "decode",
            n,
            length,
            ragged,
            lean && n == 1 && decoder.single() != null,
            state,
            io,
            mask == null ? noMask : mask,
            mode.bits(),
            mode.top(),
            decoder.rotations(),
            decoder.fused(),
            decoder.single() == null ? decoder.fused() : decoder.single(),
            caches,
            firsts);
    return results(n, mode);
  }

  private void prepare(double[] uniforms, Mode mode) {
    if (mode.top() > top) {
      top = mode.top();
      TensorList old = io;
      io = io();
      old.close();
    }
    draws.put(0, uniforms);
  }

  private double[] results(int n, Mode mode) {
    double[] out = new double[n * mode.width()];
    int stride = 3 + 2 * top;
    for (int i = 0; i < n; i++) {
      results.get(i * stride, out, i * mode.width(), mode.width());
    }
    return out;
  }

  // Tensors over memory that Java reads and writes directly, on the CPU wherever the model lives
  // (and
  // pinned where that is a GPU): the only traffic between both sides, one block each way and call.
  private TensorList io() {
    PtNDArray in = block(slots, 1);
    PtNDArray back = block(slots, 3 + 2 * top);
    draws = in.toByteBuffer(true).order(ByteOrder.nativeOrder()).asDoubleBuffer();
    results = back.toByteBuffer(true).order(ByteOrder.nativeOrder()).asDoubleBuffer();
    return TensorList.of(List.of(in, back));
  }

  private PtNDArray block(int rows, int width) {
    if (pinned) {
      return (PtNDArray) script.infer(host, 1, "pinned", rows, width).singletonOrThrow();
    }
    return width == 1
        ? host.zeros(DataType.FLOAT64, rows)
        : host.zeros(DataType.FLOAT64, rows, width);
  }

  /** Moves sequences of at most {@code length} positions to other slots, in one call. */
  void move(Scope out, Decoder decoder, long[] from, long[] to, int length) {
    decoder
        .script()
        .module()
        .infer(out, 1, "move", out.longs(from), out.longs(to), length, state, caches);
  }

  @Override
  public void close() {
    state.close();
    io.close();
    firsts.close();
    caches.close();
    scope.close();
    host.close();
  }
}
