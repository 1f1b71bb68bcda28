package dev.millrace.models.encoder;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.decoder.Packing;
import dev.millrace.models.script.Scope;
import java.util.List;

/** Sequences in native memory, as the script of an encoder takes them. */
record EncoderBatch(
    Packing packing,
    PtNDArray positions,
    PtNDArray types,
    PtNDArray alive,
    PtNDArray first,
    PtNDArray owner,
    PtNDArray sizes) {

  static EncoderBatch of(Scope scope, List<EncoderInput> inputs, EncoderConfig config) {
    Packing packing =
        Packing.of(scope, inputs.stream().map(EncoderInput::tokens).toList(), config.vocab());
    if (packing.width() > config.maxTokens()) {
      throw new IllegalArgumentException(
          "a sequence of %d tokens exceeds the %d positions of the encoder"
              .formatted(packing.width(), config.maxTokens()));
    }
    int n = inputs.stream().mapToInt(i -> i.tokens().length).sum();
    long[] positions = new long[n];
    long[] types = new long[n];
    long[] owner = new long[n];
    long[] first = new long[inputs.size()];
    float[] sizes = new float[first.length];
    float[] alive = new float[first.length * packing.width()];
    int at = 0;
    for (int row = 0; row < first.length; row++) {
      EncoderInput input = inputs.get(row);
      first[row] = at;
      sizes[row] = input.tokens().length;
      for (int i = 0; i < input.tokens().length; i++, at++) {
        positions[at] = config.firstPosition() + i;
        types[at] = input.types() == null ? 0 : Math.min(input.types()[i], config.types() - 1);
        owner[at] = row;
        alive[row * packing.width() + i] = 1;
      }
    }
    boolean even = n == alive.length;
    PtNDArray marks =
        even
            ? scope.zeros(DataType.BOOLEAN, 0)
            : (PtNDArray)
                scope.floats(alive, first.length, packing.width()).toType(DataType.BOOLEAN, true);
    return new EncoderBatch(
        packing,
        scope.longs(positions),
        scope.longs(types),
        marks,
        scope.longs(first),
        scope.longs(owner),
        scope.floats(sizes));
  }
}
