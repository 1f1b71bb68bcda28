package dev.millrace.policy;

import dev.millrace.models.checkpoint.FloatConversion;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.checkpoint.TensorInfo;
import dev.millrace.models.checkpoint.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.Set;

/** A floating tensor seen as float32 or bfloat16: converted slice by slice, when it is read. */
final class CastTensor implements Tensor {

  private static final Set<TensorType> READABLE =
      EnumSet.of(TensorType.F32, TensorType.BF16, TensorType.F16, TensorType.F64);

  private final Tensor origin;
  private final TensorInfo info;

  private CastTensor(Tensor origin, TensorType type) {
    this.origin = origin;
    this.info = new TensorInfo(origin.name(), type, origin.shape());
  }

  /**
   * The tensor itself where it has the type.
   *
   * @throws IllegalArgumentException if it is not a floating tensor of a known type
   */
  static Tensor of(Tensor origin, WeightsType type) {
    if (origin.type() == type.tensorType()) {
      return origin;
    }
    if (!READABLE.contains(origin.type())) {
      throw new IllegalArgumentException(
          "tensor %s cannot be published as %s".formatted(origin.info(), type.tensorType()));
    }
    return new CastTensor(origin, type.tensorType());
  }

  @Override
  public TensorInfo info() {
    return info;
  }

  /** A new buffer; ask for small slices. */
  @Override
  public ByteBuffer slice(long offset, int length) {
    int width = info.type().bytes();
    if (offset % width != 0 || length % width != 0) {
      throw new IllegalArgumentException(
          "bytes %d to %d of %s cut an element".formatted(offset, offset + length, info));
    }
    int elements = length / width;
    int originWidth = origin.type().bytes();
    ByteBuffer from = origin.slice(offset / width * originWidth, elements * originWidth);
    ByteBuffer to = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    if (info.type() == TensorType.BF16 && origin.type() == TensorType.F32) {
      for (int i = 0; i < elements; i++) {
        to.putShort(2 * i, FloatConversion.floatToBf16(from.getFloat(4 * i)));
      }
    } else {
      for (int i = 0; i < elements; i++) {
        put(to, i, value(from, i));
      }
    }
    return to.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  private float value(ByteBuffer from, int i) {
    return switch (origin.type()) {
      case F32 -> from.getFloat(4 * i);
      case BF16 -> FloatConversion.bf16ToFloat(from.getShort(2 * i));
      case F16 -> FloatConversion.f16ToFloat(from.getShort(2 * i));
      default -> (float) from.getDouble(8 * i);
    };
  }

  private void put(ByteBuffer to, int i, float value) {
    if (info.type() == TensorType.BF16) {
      to.putShort(2 * i, FloatConversion.floatToBf16(value));
    } else {
      to.putFloat(4 * i, value);
    }
  }
}
