package dev.millrace.learner.curriculum;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where a run stands in its prompts, as it stands in every entry of the ledger.
 *
 * @param epoch passes over the prompts that are complete
 * @param next prompts of this epoch that tasks were made of
 * @param ends by partition of the prompt log, where the prompts of this epoch end
 * @param held the same for the held-out prompts and those of the warm start, which stay the same
 *     for the whole run
 * @param tasks TRAIN tasks that were issued in the run; the seed of the next follows from it
 * @param issued what this entry issued
 */
public record Position(
    long epoch,
    int next,
    Map<Integer, Long> ends,
    Map<Integer, Long> held,
    long tasks,
    Issued issued) {

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES).build();

  /**
   * How the tasks of one entry divide, in the order of their indices.
   *
   * @param train to be trained on
   * @param greedy evaluations at temperature 0
   * @param sampled evaluations at temperature 1
   */
  public record Issued(int train, int greedy, int sampled) {

    public static final Issued NOTHING = new Issued(0, 0, 0);

    /** All of them. */
    public int total() {
      return train + greedy + sampled;
    }
  }

  public Position {
    if (epoch < 0 || next < 0 || tasks < 0) {
      throw new IllegalArgumentException(
          "a position cannot be epoch %d, prompt %d, task %d".formatted(epoch, next, tasks));
    }
    ends = Collections.unmodifiableMap(new TreeMap<>(ends));
    held = Collections.unmodifiableMap(new TreeMap<>(held));
  }

  /** Before the first prompt. */
  public static Position start(Map<Integer, Long> ends) {
    return new Position(0, 0, ends, ends, 0, Issued.NOTHING);
  }

  /** The same place, after an entry that issued this. */
  public Position issuing(Issued what) {
    return new Position(epoch, next, ends, held, tasks + what.train(), what);
  }

  Position at(long newEpoch, int newNext, Map<Integer, Long> newEnds) {
    return new Position(newEpoch, newNext, newEnds, held, tasks, issued);
  }

  public String json() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * @throws IllegalArgumentException if it is no position
   */
  public static Position parse(String json) {
    if (json == null) {
      throw new IllegalArgumentException("the entry has no curriculum position");
    }
    try {
      return JSON.readValue(json, Position.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "'%s' is no curriculum position: %s".formatted(json, e.getOriginalMessage()), e);
    }
  }
}
