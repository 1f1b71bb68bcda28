package dev.millrace.learner.curriculum;

import dev.millrace.contracts.avro.Prompt;
import dev.millrace.learner.curriculum.PromptSource.Logged;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongPredicate;

/**
 * The prompts of the log as they arrived: by time, and each partition in its order. Looks ahead by
 * a bounded number of prompts.
 */
final class Arrivals {

  /** Records of a partition that are read at once. */
  private static final int AHEAD = 1024;

  private final PromptRule rule;
  private final PromptSource source;
  private final long seed;
  private final PromptPool.Prompts never;
  private final long lookNanos;
  private final Map<Integer, Lane> lanes = new TreeMap<>();
  private long lookedAt;

  /**
   * @param never prompts that are left out
   * @param look from one look for the log's ends to the next
   */
  Arrivals(
      PromptRule rule, PromptSource source, long seed, PromptPool.Prompts never, Duration look) {
    this.rule = rule;
    this.source = source;
    this.seed = seed;
    this.never = never;
    this.lookNanos = look.toNanos();
    this.lookedAt = System.nanoTime() - lookNanos;
  }

  /** Some prompts, how many were passed over because they rest, and the position behind. */
  record Taken(List<Prompt> prompts, int rested, Position after) {}

  /** A prompt that is to be trained on. */
  private record Waiting(Logged logged, long id, int copies) {}

  /** One partition: what waits, up to where it was read. */
  private static final class Lane {
    private final List<Waiting> waiting = new ArrayList<>();
    private long read;
    private long end;
    private int at;

    boolean isShort() {
      return at == waiting.size() && read < end;
    }
  }

  /**
   * The next prompts, as many as are asked for and there are. The same position gives the same
   * again, or more where more have arrived.
   *
   * @param rests ids that are passed over; must stay the same until another position is asked for
   */
  Taken take(Position from, int count, LongPredicate rests) {
    moveTo(from.ends());
    look();
    List<Prompt> taken = new ArrayList<>();
    Map<Integer, Integer> begun = new TreeMap<>(from.begun());
    int rested = 0;
    while (taken.size() < count) {
      int partition = next();
      if (partition < 0) {
        break;
      }
      Lane lane = lanes.get(partition);
      Waiting prompt = lane.waiting.get(lane.at);
      int left = prompt.copies() - begun.getOrDefault(partition, 0);
      if (rests.test(prompt.id())) {
        lane.waiting.remove(lane.at);
        begun.remove(partition);
        rested += left;
        continue;
      }
      int some = Math.min(left, count - taken.size());
      for (int i = 0; i < some; i++) {
        taken.add(prompt.logged().prompt());
      }
      if (some < left) {
        begun.merge(partition, some, Integer::sum);
      } else {
        begun.remove(partition);
        lane.at++;
      }
    }
    fill();
    return new Taken(taken, rested, from.arrived(ends(from.ends()), begun));
  }

  /** The partition whose next prompt is the oldest; -1 when nothing waits. */
  private int next() {
    fill();
    int next = -1;
    long oldest = Long.MAX_VALUE;
    for (var entry : lanes.entrySet()) {
      Lane lane = entry.getValue();
      if (lane.at < lane.waiting.size()) {
        long timestamp = lane.waiting.get(lane.at).logged().timestamp();
        if (next < 0 || timestamp < oldest) {
          next = entry.getKey();
          oldest = timestamp;
        }
      }
    }
    return next;
  }

  private void fill() {
    while (lanes.values().stream().anyMatch(Lane::isShort)) {
      Map<Integer, Long> from = new HashMap<>();
      Map<Integer, Long> ends = new HashMap<>();
      lanes.forEach(
          (partition, lane) -> {
            if (lane.isShort()) {
              from.put(partition, lane.read);
              lane.read = Math.min(lane.end, lane.read + AHEAD);
              ends.put(partition, lane.read);
            }
          });
      source.read(from, ends, this::add);
    }
  }

  private void add(Logged logged) {
    long id = Seeds.id(logged.prompt().getId());
    if (rule.of(logged.prompt()) instanceof PromptRule.Use.Training training && !never.has(id)) {
      long phase = Seeds.mix(seed, logged.place().packed());
      int copies = PromptPool.copies(training.weight(), phase, 0);
      if (copies > 0) {
        lanes.get(logged.place().partition()).waiting.add(new Waiting(logged, id, copies));
      }
    }
  }

  private void look() {
    if (System.nanoTime() - lookedAt >= lookNanos) {
      lookedAt = System.nanoTime();
      source
          .ends()
          .forEach((partition, end) -> lanes.computeIfAbsent(partition, p -> new Lane()).end = end);
    }
  }

  /** Drops what lies before a position. */
  private void moveTo(Map<Integer, Long> position) {
    position.forEach(
        (partition, offset) -> {
          Lane lane = lanes.computeIfAbsent(partition, p -> new Lane());
          lane.waiting.removeIf(prompt -> prompt.logged().place().offset() < offset);
          lane.read = Math.max(lane.read, offset);
        });
    lanes.values().forEach(lane -> lane.at = 0);
  }

  /** Behind the last prompt that was taken; behind all that was read where no more waits. */
  private Map<Integer, Long> ends(Map<Integer, Long> from) {
    Map<Integer, Long> ends = new TreeMap<>(from);
    lanes.forEach(
        (partition, lane) -> {
          if (lane.at == lane.waiting.size()) {
            ends.put(partition, lane.read);
          } else if (lane.at > 0) {
            ends.put(partition, lane.waiting.get(lane.at - 1).logged().place().offset() + 1);
          }
        });
    return ends;
  }
}
