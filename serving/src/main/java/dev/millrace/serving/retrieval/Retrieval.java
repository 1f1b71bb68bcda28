package dev.millrace.serving.retrieval;

import dev.millrace.serving.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/** A pipeline of steps from question to passages; runs those that are on and times each of them. */
public final class Retrieval {

  private final List<RetrievalStep> steps;
  private final Set<String> on;
  private final Map<String, String> missing;
  private final LongSupplier nanos;

  /** Steps that are all on unless a request says otherwise. */
  public Retrieval(List<RetrievalStep> steps) {
    this(steps, names(steps), Map.of());
  }

  /**
   * @param on optional steps that run unless a request says otherwise
   * @param missing steps that this process cannot take, and what they need
   * @throws IllegalArgumentException if a step that is to be on is not there
   */
  public Retrieval(List<RetrievalStep> steps, Set<String> on, Map<String, String> missing) {
    this(steps, on, missing, System::nanoTime);
  }

  Retrieval(
      List<RetrievalStep> steps, Set<String> on, Map<String, String> missing, LongSupplier nanos) {
    this.steps = List.copyOf(steps);
    this.on = Set.copyOf(on);
    this.missing = Map.copyOf(missing);
    this.nanos = nanos;
    for (String name : on) {
      refusalOf(name)
          .ifPresent(
              reason -> {
                throw new IllegalArgumentException(reason);
              });
    }
  }

  /** The same steps with others of them on. */
  public Retrieval with(Set<String> otherwiseOn) {
    return new Retrieval(steps, otherwiseOn, missing, nanos);
  }

  /** Names of all steps, in the order in which they run. */
  public List<String> steps() {
    return steps.stream().map(RetrievalStep::name).toList();
  }

  /**
   * Runs the steps that are on; what one throws ends the retrieval.
   *
   * @throws Refusal 400 if the request switches a step that is not there
   */
  public Retrieved run(SearchRequest request) {
    List<RetrievalStep> active = active(request.wish().steps());
    int depth = request.limit();
    for (RetrievalStep step : active.reversed()) { // a later step may want more than it gives
      depth = Math.max(depth, step.depth(depth));
    }
    Retrieved state = Retrieved.start(request, Math.min(SearchRequest.MAX_LIMIT, depth));
    for (RetrievalStep step : active) {
      long begun = nanos.getAsLong();
      state = step.apply(state);
      long micros = (nanos.getAsLong() - begun) / 1_000;
      state =
          state.withTiming(
              new StepTiming(step.name(), micros, state.passages().size(), state.note()));
    }
    return state;
  }

  private List<RetrievalStep> active(Map<String, Boolean> wanted) {
    for (String name : wanted.keySet()) {
      refusalOf(name)
          .ifPresent(
              reason -> {
                if (wanted.get(name)) {
                  throw Refusal.invalid("retrieval.steps", reason);
                }
              });
    }
    List<RetrievalStep> active = new ArrayList<>();
    for (RetrievalStep step : steps) {
      boolean runs = wanted.getOrDefault(step.name(), on.contains(step.name()));
      if (runs || !step.optional()) {
        active.add(step);
      }
    }
    return active;
  }

  private Optional<String> refusalOf(String name) {
    if (steps.stream().anyMatch(s -> s.name().equals(name))) {
      return Optional.empty();
    }
    String need = missing.get(name);
    return Optional.of(
        need != null
            ? "The step '%s' cannot run here: %s.".formatted(name, need)
            : "There is no retrieval step '%s'; there are %s."
                .formatted(
                    name.length() > 80 ? name.substring(0, 80) + "…" : name,
                    String.join(", ", optional())));
  }

  private List<String> optional() {
    return steps.stream().filter(RetrievalStep::optional).map(RetrievalStep::name).toList();
  }

  private static Set<String> names(List<RetrievalStep> steps) {
    return steps.stream().map(RetrievalStep::name).collect(Collectors.toUnmodifiableSet());
  }
}
