package dev.millrace.models.script;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An owner of native memory: every tensor made in a scope is freed when the scope closes, at the
 * latest. One scope a step keeps memory flat; {@link #openScopes()} and {@link #tensors()} let a
 * test prove it.
 *
 * <p>A scope belongs to one thread at a time. Results of operations between tensors attach to the
 * scope of their FIRST operand, so keep the short-lived operand first.
 */
public final class Scope implements AutoCloseable {

  private static final AtomicLong OPEN = new AtomicLong();

  private final PtNDManager manager;
  private boolean closed;

  private Scope(PtNDManager manager) {
    this.manager = manager;
    OPEN.incrementAndGet();
  }

  /** Opens a scope on a device, owned by nobody but the caller. */
  public static Scope open(TorchRuntime runtime) {
    return new Scope((PtNDManager) runtime.root().newSubManager(runtime.device()));
  }

  /** Opens a scope that closes with this one, at the latest. */
  public Scope child() {
    return new Scope((PtNDManager) manager.newSubManager());
  }

  /** Number of scopes open in this process. */
  public static long openScopes() {
    return OPEN.get();
  }

  /** Number of tensors alive in this scope, its children's not counted. */
  public int tensors() {
    return manager.getManagedArrays().size();
  }

  /** The DJL manager behind this scope, for NDArray operations in Java. */
  public PtNDManager manager() {
    return manager;
  }

  /** A tensor of 64-bit integers. */
  public PtNDArray longs(long[] values, long... shape) {
    ByteBuffer data = buffer(values.length, Long.BYTES);
    data.asLongBuffer().put(values);
    return manager.create(data, shapeOf(shape, values.length), DataType.INT64);
  }

  /** A tensor of 32-bit floats. */
  public PtNDArray floats(float[] values, long... shape) {
    ByteBuffer data = buffer(values.length, Float.BYTES);
    data.asFloatBuffer().put(values);
    return manager.create(data, shapeOf(shape, values.length), DataType.FLOAT32);
  }

  /** A tensor of 64-bit floats. */
  public PtNDArray doubles(double[] values, long... shape) {
    ByteBuffer data = buffer(values.length, Double.BYTES);
    data.asDoubleBuffer().put(values);
    return manager.create(data, shapeOf(shape, values.length), DataType.FLOAT64);
  }

  /** A tensor of zeros. */
  public PtNDArray zeros(DataType type, long... shape) {
    return (PtNDArray) manager.zeros(new Shape(shape), type);
  }

  /** Moves a tensor into this scope. */
  public <T extends NDArray> T keep(T tensor) {
    tensor.detach();
    tensor.attach(manager);
    return tensor;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      OPEN.decrementAndGet();
      manager.close();
    }
  }

  private static Shape shapeOf(long[] shape, int values) {
    return shape.length == 0 ? new Shape(values) : new Shape(shape);
  }

  // A direct buffer becomes a tensor without a copy; the tensor keeps the buffer alive.
  private static ByteBuffer buffer(int values, int bytes) {
    return ByteBuffer.allocateDirect(Math.multiplyExact(values, bytes))
        .order(ByteOrder.nativeOrder());
  }
}
