package dev.millrace.models.checkpoint;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.ShortBuffer;

/** Conversions between float and the 16-bit formats, rounding to nearest even. */
public final class FloatConversion {

  private FloatConversion() {}

  /** bfloat16 is the upper half of a float. */
  public static float bf16ToFloat(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /** Rounds to nearest even; NaN stays NaN (its quiet bit is set, the sign kept). */
  public static short floatToBf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x0040);
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  public static float f16ToFloat(short bits) {
    return Float.float16ToFloat(bits);
  }

  public static short floatToF16(float value) {
    return Float.floatToFloat16(value);
  }

  /** A direct little-endian buffer, positioned at 0, with {@code values} in the given type. */
  public static ByteBuffer encode(float[] values, TensorType type) {
    ByteBuffer out =
        ByteBuffer.allocateDirect(Math.multiplyExact(values.length, type.bytes()))
            .order(ByteOrder.LITTLE_ENDIAN);
    switch (type) {
      case F32 -> out.asFloatBuffer().put(values);
      case BF16 -> {
        ShortBuffer shorts = out.asShortBuffer();
        for (float value : values) {
          shorts.put(floatToBf16(value));
        }
      }
      case F16 -> {
        ShortBuffer shorts = out.asShortBuffer();
        for (float value : values) {
          shorts.put(floatToF16(value));
        }
      }
      default -> throw new IllegalArgumentException("floats cannot be written as " + type);
    }
    return out;
  }

  static float[] toFloats(Tensor tensor) {
    long elements = tensor.info().elements();
    if (elements > Integer.MAX_VALUE - 8) {
      throw new CheckpointException("tensor " + tensor.info() + " is too large for one array");
    }
    float[] floats = new float[(int) elements];
    ElementChunks.forEach(tensor, (at, chunk) -> decode(tensor, chunk, floats, (int) at));
    return floats;
  }

  private static void decode(Tensor tensor, ByteBuffer chunk, float[] out, int at) {
    switch (tensor.type()) {
      case F32 -> chunk.asFloatBuffer().get(out, at, chunk.remaining() / 4);
      case F16, BF16 -> {
        short[] bits = new short[chunk.remaining() / 2];
        chunk.asShortBuffer().get(bits);
        boolean brain = tensor.type() == TensorType.BF16;
        for (int i = 0; i < bits.length; i++) {
          out[at + i] = brain ? bf16ToFloat(bits[i]) : f16ToFloat(bits[i]);
        }
      }
      case F64 -> {
        DoubleBuffer doubles = chunk.asDoubleBuffer();
        for (int i = 0; doubles.hasRemaining(); i++) {
          out[at + i] = (float) doubles.get();
        }
      }
      default ->
          throw new CheckpointException(
              "tensor "
                  + tensor.info()
                  + " cannot be read as floats: supported are F64, F32, F16"
                  + " and BF16");
    }
  }
}
