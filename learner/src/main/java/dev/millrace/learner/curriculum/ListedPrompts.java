package dev.millrace.learner.curriculum;

import dev.millrace.contracts.avro.Prompt;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A list of prompts as a log of one partition. */
public record ListedPrompts(List<Prompt> prompts) implements PromptSource {

  public ListedPrompts {
    prompts = List.copyOf(prompts);
  }

  @Override
  public Map<Integer, Long> ends() {
    return Map.of(0, (long) prompts.size());
  }

  @Override
  public void read(Map<Integer, Long> from, Map<Integer, Long> ends, Consumer<Logged> sink) {
    for (long at = from.getOrDefault(0, 0L); at < ends.getOrDefault(0, 0L); at++) {
      sink.accept(new Logged(new Place(0, at), at, prompts.get((int) at)));
    }
  }

  @Override
  public List<Prompt> at(List<Place> places) {
    return places.stream().map(place -> prompts.get((int) place.offset())).toList();
  }
}
