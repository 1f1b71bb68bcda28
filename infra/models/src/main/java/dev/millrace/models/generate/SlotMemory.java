package dev.millrace.models.generate;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.decoder.Decoder;
import dev.millrace.models.decoder.Packing;
import dev.millrace.models.script.Scope;
import dev.millrace.models.script.TensorList;
import dev.millrace.models.script.TorchRuntime;
import java.util.List;

/**
 * The native side of an engine: keys and values of all slots, and what each slot needs for its next
 * token (its last token, its position, its parameters, the tokens it has seen). One method, one
 * native call.
 */
final class SlotMemory implements AutoCloseable {

  /** Which parts of sampling the sequences of a call need. */
  record Mode(boolean draws, boolean filters, boolean penal, int top) {}

  private final int slots;
  private final int capacity;
  private final int vocab;
  private final Scope scope;
  private final TensorList keys;
  private final TensorList values;
  private final PtNDArray current;
  private final PtNDArray position;
  private final PtNDArray params;
  private final PtNDArray noMask;
  private TensorList state;
  private boolean sees;

  SlotMemory(TorchRuntime runtime, Decoder decoder, int slots, int capacity) {
    this.slots = slots;
    this.capacity = capacity;
    this.vocab = decoder.config().vocab();
    this.scope = Scope.open(runtime);
    this.keys = decoder.script().module().inferList(1, "caches", slots, capacity, decoder.fused());
    this.values =
        decoder.script().module().inferList(1, "caches", slots, capacity, decoder.fused());
    this.current = scope.zeros(DataType.INT64, slots);
    this.position = scope.zeros(DataType.INT64, slots);
    this.params = scope.zeros(DataType.FLOAT32, slots, 5);
    this.noMask = scope.zeros(DataType.FLOAT32, 0, vocab);
    this.state = state(0);
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
   * @return [new slots, 3]: token, log-probability drawn, log-probability under the model; then the
   *     alternatives, if asked for
   */
  NDList admit(
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
    return decoder
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
            out.doubles(uniforms),
            mask == null ? noMask : mask,
            mode.draws(),
            mode.filters(),
            mode.penal(),
            mode.top(),
            decoder.rotations(),
            decoder.fused(),
            keys,
            values);
  }

  /**
   * Writes one token to each of the slots 0 .. n - 1.
   *
   * @param length positions that the longest of them has, the new one included
   * @param ragged whether they differ in length
   */
  NDList decode(
      Scope out,
      Decoder decoder,
      int n,
      int length,
      boolean ragged,
      double[] uniforms,
      PtNDArray mask,
      Mode mode) {
    return decoder
        .script()
        .module()
        .infer(
            out,
            decoder.script().threads(),
            "decode",
            n,
            length,
            ragged,
            state,
            out.doubles(uniforms),
            mask == null ? noMask : mask,
            mode.draws(),
            mode.filters(),
            mode.penal(),
            mode.top(),
            decoder.rotations(),
            decoder.fused(),
            keys,
            values);
  }

  /** Moves a sequence of {@code length} positions to another slot. */
  void move(Scope out, Decoder decoder, int from, int to, int length) {
    decoder.script().module().infer(out, 1, "move", from, to, length, state, keys, values);
  }

  @Override
  public void close() {
    state.close();
    keys.close();
    values.close();
    scope.close();
  }
}
