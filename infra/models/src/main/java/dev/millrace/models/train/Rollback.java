package dev.millrace.models.train;

import ai.djl.pytorch.engine.PtNDArray;
import dev.millrace.models.script.Scope;
import java.util.ArrayList;
import java.util.List;

/**
 * A copy of what is trained and of its optimizer, to go back to when a later step of several turns
 * out to be broken. Its memory, three times that of the trained tensors, is taken at the first
 * {@link #remember} and kept.
 */
public final class Rollback implements AutoCloseable {

  private final AdamW optimizer;
  private final Scope scope;
  private List<PtNDArray> live;
  private List<PtNDArray> copies;
  private long steps;

  /** For an optimizer and its parameters; it closes before they do. */
  public Rollback(AdamW optimizer) {
    this.optimizer = optimizer;
    this.scope = optimizer.parameters().scope().child();
  }

  /** Copies the state as it is. */
  public void remember() {
    if (copies == null) {
      List<PtNDArray> tensors = new ArrayList<>(optimizer.parameters().tensors());
      tensors.addAll(optimizer.live());
      live = tensors;
      copies =
          tensors.stream()
              .map(tensor -> scope.zeros(tensor.getDataType(), tensor.getShape().getShape()))
              .toList();
    }
    optimizer.parameters().script().copy(live, copies);
    steps = optimizer.steps();
  }

  /** Puts back, bit by bit, what was remembered. */
  public void restore() {
    if (copies == null) {
      throw new IllegalStateException("nothing was remembered that could be restored");
    }
    optimizer.parameters().script().copy(copies, live);
    optimizer.steps(steps);
  }

  @Override
  public void close() {
    scope.close();
  }
}
