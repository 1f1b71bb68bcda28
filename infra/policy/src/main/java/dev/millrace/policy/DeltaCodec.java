package dev.millrace.policy;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Weights as their difference from other weights, exact: the elements' bits are taken as integers
 * and subtracted, small differences of either sign become small numbers (zigzag), and bytes of one
 * significance lie together, so that those that are mostly zero meet a compressor in one run.
 */
final class DeltaCodec {

  /** Bytes that are taken together; stays in the processor's cache. */
  static final int BLOCK = 1 << 18;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  private DeltaCodec() {}

  /**
   * @param count bytes of {@code now} and {@code base}, whole elements
   * @param width bytes of an element: 4 or 2
   * @param out {@code count} bytes
   */
  static void encode(byte[] now, byte[] base, int count, int width, byte[] out) {
    int n = count / width;
    if (width == 4) {
      for (int i = 0; i < n; i++) {
        int difference = (int) INT.get(now, 4 * i) - (int) INT.get(base, 4 * i);
        int zigzag = difference << 1 ^ difference >> 31;
        out[i] = (byte) zigzag;
        out[n + i] = (byte) (zigzag >>> 8);
        out[2 * n + i] = (byte) (zigzag >>> 16);
        out[3 * n + i] = (byte) (zigzag >>> 24);
      }
    } else {
      for (int i = 0; i < n; i++) {
        int difference = (short) ((short) SHORT.get(now, 2 * i) - (short) SHORT.get(base, 2 * i));
        int zigzag = difference << 1 ^ difference >> 15;
        out[i] = (byte) zigzag;
        out[n + i] = (byte) (zigzag >>> 8);
      }
    }
  }

  /** Undoes {@link #encode}: {@code now} gets {@code count} bytes. */
  static void decode(byte[] encoded, byte[] base, int count, int width, byte[] now) {
    int n = count / width;
    if (width == 4) {
      for (int i = 0; i < n; i++) {
        int zigzag =
            encoded[i] & 0xff
                | (encoded[n + i] & 0xff) << 8
                | (encoded[2 * n + i] & 0xff) << 16
                | encoded[3 * n + i] << 24;
        int difference = zigzag >>> 1 ^ -(zigzag & 1);
        INT.set(now, 4 * i, (int) INT.get(base, 4 * i) + difference);
      }
    } else {
      for (int i = 0; i < n; i++) {
        int zigzag = encoded[i] & 0xff | (encoded[n + i] & 0xff) << 8;
        int difference = zigzag >>> 1 ^ -(zigzag & 1);
        SHORT.set(now, 2 * i, (short) ((short) SHORT.get(base, 2 * i) + difference));
      }
    }
  }
}
