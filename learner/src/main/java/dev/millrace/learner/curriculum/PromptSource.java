package dev.millrace.learner.curriculum;

import dev.millrace.contracts.avro.Prompt;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Where prompts come from: the prompt log, or a list in tests. */
public interface PromptSource {

  /** A prompt where it lies. */
  record Logged(Place place, long timestamp, Prompt prompt) {}

  /** By partition, the offset behind the last prompt there is now. */
  Map<Integer, Long> ends();

  /**
   * Reads a stretch of the log, each partition in its order. The same stretch, the same prompts.
   *
   * @param from first offset by partition; its beginning where none is given
   * @param ends offset behind the last, by partition; others are not read
   */
  void read(Map<Integer, Long> from, Map<Integer, Long> ends, Consumer<Logged> sink);

  /**
   * The prompts that lie at some places, in the order of the places.
   *
   * @throws IllegalStateException if one is not there any more
   */
  List<Prompt> at(List<Place> places);
}
