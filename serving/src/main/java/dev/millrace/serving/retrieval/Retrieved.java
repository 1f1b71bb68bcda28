package dev.millrace.serving.retrieval;

import java.util.ArrayList;
import java.util.List;

/**
 * The state of a retrieval between two steps.
 *
 * @param vector the question's embedding; null where no step has made one
 * @param passages best first
 * @param timings one for each step that ran
 */
public record Retrieved(
    SearchRequest request, float[] vector, List<Passage> passages, List<StepTiming> timings) {

  public Retrieved {
    passages = List.copyOf(passages);
    timings = List.copyOf(timings);
  }

  static Retrieved start(SearchRequest request) {
    return new Retrieved(request, null, List.of(), List.of());
  }

  Retrieved withVector(float[] made) {
    return new Retrieved(request, made, passages, timings);
  }

  Retrieved withPassages(List<Passage> found) {
    return new Retrieved(request, vector, found, timings);
  }

  Retrieved withTiming(StepTiming timing) {
    List<StepTiming> longer = new ArrayList<>(timings);
    longer.add(timing);
    return new Retrieved(request, vector, passages, longer);
  }
}
