package dev.millrace.models.decoder;

import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.script.Scope;

/** Cosines and sines of rotary embedding as tensors [positions, headDim / 2], for training. */
public record RotaryTensors(PtNDArray cos, PtNDArray sin) {

  /** The table of a model for so many positions. */
  public static RotaryTensors of(Scope scope, DecoderConfig config, int positions) {
    RopeTable table = RopeTable.of(config, positions);
    return new RotaryTensors(
        scope.floats(table.cosFloats(), positions, table.frequencies()),
        scope.floats(table.sinFloats(), positions, table.frequencies()));
  }
}
