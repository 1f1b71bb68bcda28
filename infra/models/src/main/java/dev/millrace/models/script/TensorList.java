package dev.millrace.models.script;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A list of tensors as scripts take it, made once and passed many times: a call costs one native
 * handle instead of one a tensor. Close it when the tensors go.
 */
public final class TensorList implements AutoCloseable {

  private static final AtomicLong OPEN = new AtomicLong();

  private final IValue value;
  private final int size;
  private boolean closed;

  private TensorList(IValue value, int size) {
    this.value = value;
    this.size = size;
    OPEN.incrementAndGet();
  }

  /** A list of these tensors, which it shares and does not own. */
  public static TensorList of(List<? extends NDArray> tensors) {
    PtNDArray[] array = tensors.toArray(PtNDArray[]::new);
    return new TensorList(IValue.listFrom(array), array.length);
  }

  /** An empty list that scripts may append to. */
  public static TensorList empty() {
    return own(IValue.listFrom(new PtNDArray[0]));
  }

  /** Takes over a list that a script returned. */
  static TensorList own(IValue value) {
    return new TensorList(value, -1);
  }

  /** Number of lists open in this process. */
  public static long open() {
    return OPEN.get();
  }

  /** Number of tensors, or -1 for a list that a script made. */
  public int size() {
    return size;
  }

  IValue value() {
    if (closed) {
      throw new IllegalStateException("tensor list used after close");
    }
    return value;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      OPEN.decrementAndGet();
      value.close();
    }
  }
}
