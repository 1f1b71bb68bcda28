package dev.millrace.models.generate;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Gathers the sequences of several requests, in the order of requests and copies. */
final class GatheredGroups implements GenerationListener {

  private final Map<String, GeneratedSequence[]> byId = new LinkedHashMap<>();
  private RuntimeException failure;

  GatheredGroups(List<GenerationRequest> requests) {
    for (GenerationRequest request : requests) {
      if (byId.put(request.id(), new GeneratedSequence[request.copies()]) != null) {
        throw new IllegalArgumentException("two requests are called " + request.id());
      }
    }
  }

  @Override
  public void finished(GeneratedSequence sequence) {
    byId.get(sequence.requestId())[sequence.index()] = sequence;
  }

  @Override
  public void failed(String requestId, RuntimeException error) {
    failure = error;
  }

  boolean failed() {
    return failure != null;
  }

  /** All sequences; throws what a request failed with. */
  List<GeneratedSequence> sequences() {
    if (failure != null) {
      throw failure;
    }
    List<GeneratedSequence> out = new ArrayList<>();
    byId.values().forEach(group -> out.addAll(List.of(group)));
    return out;
  }
}
