package dev.millrace.models.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class FloatConversionTest {

  @Test
  void every_bf16_survives_the_way_to_float_and_back() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float value = FloatConversion.bf16ToFloat((short) bits);
      short back = FloatConversion.floatToBf16(value);
      if (Float.isNaN(value)) {
        assertThat(FloatConversion.bf16ToFloat(back)).isNaN();
      } else {
        assertThat(back).isEqualTo((short) bits);
      }
    }
  }

  @Test
  void bf16_rounds_to_nearest_and_ties_to_even() {
    float step = 1f / 128; // between neighbours just above 1
    assertThat(rounded(1 + step / 2)).isEqualTo(1f);
    assertThat(rounded(1 + step * 3 / 2)).isEqualTo(1 + 2 * step);
    assertThat(rounded(Math.nextUp(1 + step / 2))).isEqualTo(1 + step);
    assertThat(rounded(-1 - step * 0.6f)).isEqualTo(-1 - step);
    assertThat(rounded(Float.MAX_VALUE)).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(rounded(Float.NEGATIVE_INFINITY)).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(rounded(Float.intBitsToFloat(0x7f800001))).isNaN();
  }

  private static float rounded(float value) {
    return FloatConversion.bf16ToFloat(FloatConversion.floatToBf16(value));
  }

  @Test
  void large_tensors_are_converted_whole() {
    float[] values = new float[300_001];
    for (int i = 0; i < values.length; i++) {
      values[i] = i % 251 - 125;
    }
    long[] shape = {values.length};
    for (TensorType type : new TensorType[] {TensorType.F32, TensorType.F16, TensorType.BF16}) {
      assertThat(Tensor.ofFloats("w", type, shape, values).toFloats()).isEqualTo(values);
    }
  }

  @Test
  void integers_are_not_taken_for_floats() {
    Tensor ids = Tensor.of("ids", TensorType.I32, new long[] {1}, ByteBuffer.allocate(4));
    assertThatThrownBy(ids::toFloats)
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("ids I32[1] cannot be read as floats");
  }
}
