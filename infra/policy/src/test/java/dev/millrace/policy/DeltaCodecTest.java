package dev.millrace.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DeltaCodecTest {

  @Test
  void what_is_decoded_is_what_was_encoded_whatever_the_bits() {
    var random = new SplittableRandom(1);
    for (int round = 0; round < 2000; round++) {
      int width = random.nextBoolean() ? 4 : 2;
      int count = width * random.nextInt(1, 40);
      byte[] now = new byte[count + random.nextInt(3)];
      byte[] base = new byte[count];
      random.nextBytes(now);
      random.nextBytes(base);
      if (round % 3 == 0) {
        System.arraycopy(base, 0, now, 0, count); // mostly equal
        now[random.nextInt(count)] ^= 1;
      }
      byte[] encoded = new byte[count];
      byte[] decoded = new byte[count];

      DeltaCodec.encode(now, base, count, width, encoded);
      DeltaCodec.decode(encoded, base, count, width, decoded);

      assertThat(decoded).isEqualTo(java.util.Arrays.copyOf(now, count));
    }
  }

  @Test
  void extremes_come_back() {
    int[] values = {0, 1, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, 0x7fc00000, 0x80000000, 0x8000};
    for (int now : values) {
      for (int base : values) {
        byte[] encoded = new byte[4];
        byte[] decoded = new byte[4];
        DeltaCodec.encode(bytes(now), bytes(base), 4, 4, encoded);
        DeltaCodec.decode(encoded, bytes(base), 4, 4, decoded);
        assertThat(decoded).isEqualTo(bytes(now));
        DeltaCodec.encode(bytes(now), bytes(base), 4, 2, encoded);
        DeltaCodec.decode(encoded, bytes(base), 4, 2, decoded);
        assertThat(decoded).isEqualTo(bytes(now));
      }
    }
  }

  @Test
  void small_differences_of_either_sign_leave_the_higher_bytes_zero() {
    byte[] base = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putFloat(0.02f).array();
    byte[] up = base.clone();
    up[0] += 3;
    byte[] encoded = new byte[8];

    DeltaCodec.encode(up, base, 8, 4, encoded);
    assertThat(encoded).containsExactly(6, 0, 0, 0, 0, 0, 0, 0);
    DeltaCodec.encode(base, up, 8, 4, encoded);
    assertThat(encoded).containsExactly(5, 0, 0, 0, 0, 0, 0, 0);
  }

  private static byte[] bytes(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }
}
