package dev.millrace.serving.retrieval;

import java.util.List;
import java.util.function.LongSupplier;

/** A pipeline of steps from question to passages; times each of them. */
public final class Retrieval {

  private final List<RetrievalStep> steps;
  private final LongSupplier nanos;

  public Retrieval(List<RetrievalStep> steps) {
    this(steps, System::nanoTime);
  }

  Retrieval(List<RetrievalStep> steps, LongSupplier nanos) {
    this.steps = List.copyOf(steps);
    this.nanos = nanos;
  }

  /** Names of the steps, in the order in which they run. */
  public List<String> steps() {
    return steps.stream().map(RetrievalStep::name).toList();
  }

  /** Runs every step; what one throws ends the retrieval. */
  public Retrieved run(SearchRequest request) {
    Retrieved state = Retrieved.start(request);
    for (RetrievalStep step : steps) {
      long begun = nanos.getAsLong();
      state = step.apply(state);
      long micros = (nanos.getAsLong() - begun) / 1_000;
      state = state.withTiming(new StepTiming(step.name(), micros, state.passages().size()));
    }
    return state;
  }
}
