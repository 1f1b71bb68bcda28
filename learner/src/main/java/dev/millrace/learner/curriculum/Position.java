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
 * @param epoch passes over the prompts that are complete; 0 where they come as they arrive
 * @param next places of this epoch's order that are behind; 0 where they come as they arrive
 * @param ends by partition of the prompt log, where the prompts of this epoch end; where they come
 *     as they arrive, how far they were taken
 * @param begun where they come as they arrive, by partition, how often the prompt at the end was
 *     taken, if it comes several times and some are left
 * @param held where the log ended when the run began: the held-out prompts and those of the warm
 *     start, which stay the same for the whole run
 * @param tasks TRAIN tasks that were issued in the run; the seed of the next follows from it
 * @param issued what this entry issued
 */
public record Position(
    long epoch,
    int next,
    Map<Integer, Long> ends,
    Map<Integer, Integer> begun,
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
    begun = begun == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(begun));
    held = Collections.unmodifiableMap(new TreeMap<>(held));
  }

  /** Before the first prompt of a first pass over the prompts before these ends. */
  public static Position start(Map<Integer, Long> ends) {
    return new Position(0, 0, ends, Map.of(), ends, 0, Issued.NOTHING);
  }

  /** Before the first prompt of a log that has come to these ends. */
  static Position ofArrivals(Map<Integer, Long> ends) {
    return new Position(0, 0, Map.of(), Map.of(), ends, 0, Issued.NOTHING);
  }

  /** The same place, after an entry that issued this. */
  public Position issuing(Issued what) {
    return new Position(epoch, next, ends, begun, held, tasks + what.train(), what);
  }

  Position at(long newEpoch, int newNext, Map<Integer, Long> newEnds) {
    return new Position(newEpoch, newNext, newEnds, begun, held, tasks, issued);
  }

  Position arrived(Map<Integer, Long> newEnds, Map<Integer, Integer> newBegun) {
    return new Position(epoch, next, newEnds, newBegun, held, tasks, issued);
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
