package dev.millrace.models.decoder;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.checkpoint.TensorType;
import dev.millrace.models.script.Scope;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The bridge between tensors of a checkpoint (bytes outside of libtorch) and native tensors. */
public final class NativeTensors {

  private NativeTensors() {}

  /**
   * A float32 copy in native memory, which may be written in place.
   *
   * @param tensor of type F32, F16, BF16 or F64
   */
  public static PtNDArray copy(Scope scope, Tensor tensor) {
    if (tensor.byteLength() > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "tensor " + tensor.info() + " is larger than 2 GiB, which is not supported");
    }
    if (tensor.type() == TensorType.F32) {
      ByteBuffer data = direct(tensor.byteLength());
      data.put(tensor.bytes()).flip();
      return scope.manager().create(data, new Shape(tensor.shape()), DataType.FLOAT32);
    }
    return scope.floats(tensor.toFloats(), tensor.shape());
  }

  /** A view of a float32 tensor's memory (a copy where it lives on a GPU). */
  public static Tensor view(String name, PtNDArray array) {
    if (array.getDataType() != DataType.FLOAT32) {
      throw new IllegalArgumentException(name + " is " + array.getDataType() + ", not FLOAT32");
    }
    ByteBuffer data;
    if (array.getDevice().isGpu()) {
      data = direct(4 * array.size());
      try (PtNDArray host = array.toDevice(Device.cpu(), true)) {
        data.put(host.toByteBuffer(true)).flip();
      }
    } else {
      data = array.toByteBuffer(true).order(ByteOrder.LITTLE_ENDIAN);
    }
    return Tensor.of(name, TensorType.F32, array.getShape().getShape(), data);
  }

  private static ByteBuffer direct(long bytes) {
    return ByteBuffer.allocateDirect((int) bytes).order(ByteOrder.nativeOrder());
  }
}
