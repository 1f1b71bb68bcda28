package dev.millrace.learner.curriculum;

import dev.millrace.contracts.avro.Prompt;
import dev.millrace.learner.run.RunSettings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Epochs over the prompts of the log. Each epoch is a permutation by seed of the prompts that there
 * were when it began; what was pushed since joins at the next. A position says it all: from the
 * same position the same prompts follow, on any machine.
 */
public final class Curriculum {

  private static final int KEPT_POOLS = 3;

  private final RunSettings settings;
  private final PromptSource source;
  private final Map<Map<Integer, Long>, PromptPool> pools = new LinkedHashMap<>();
  private Epoch epoch;

  private record Epoch(long number, Map<Integer, Long> ends, List<Prompt> order) {}

  /** Some prompts and the position behind them. */
  public record Taken(List<Prompt> prompts, Position after) {}

  public Curriculum(RunSettings settings, PromptSource source) {
    this.settings = Objects.requireNonNull(settings, "settings");
    this.source = Objects.requireNonNull(source, "source");
  }

  /** What there is now. */
  public Position now() {
    return Position.start(source.ends());
  }

  /** The prompts before these ends. */
  public PromptPool pool(Map<Integer, Long> ends) {
    PromptPool known = pools.get(ends);
    if (known == null) {
      known = PromptPool.of(source.upTo(ends), settings.prompts());
      if (pools.size() == KEPT_POOLS) {
        pools.remove(pools.keySet().iterator().next());
      }
      pools.put(Map.copyOf(ends), known);
    }
    return known;
  }

  /**
   * The next prompts.
   *
   * @throws IllegalStateException if there are no prompts to train on
   */
  public Taken take(Position from, int count) {
    List<Prompt> taken = new ArrayList<>(count);
    Position at = from;
    while (taken.size() < count) {
      List<Prompt> order = order(at);
      if (at.next() == order.size()) {
        at = at.at(at.epoch() + 1, 0, source.ends());
        if (order(at).isEmpty()) {
          throw new IllegalStateException("the prompt log has no prompts to train on any more");
        }
        continue;
      }
      int some = Math.min(count - taken.size(), order.size() - at.next());
      taken.addAll(order.subList(at.next(), at.next() + some));
      at = at.at(at.epoch(), at.next() + some, at.ends());
    }
    return new Taken(taken, at);
  }

  private List<Prompt> order(Position at) {
    if (epoch == null || epoch.number() != at.epoch() || !epoch.ends().equals(at.ends())) {
      epoch =
          new Epoch(
              at.epoch(),
              at.ends(),
              PromptPool.shuffled(pool(at.ends()).training(), settings.seed(), at.epoch()));
    }
    return epoch.order();
  }

  /** The prompts of every whole evaluation of the run. */
  public List<Prompt> evaluation(Position at) {
    return pool(at.held()).evaluation(settings.seed(), settings.evaluation().prompts());
  }

  /** Some of them, by the number of the entry that asks. */
  public List<Prompt> glance(Position at, long step) {
    List<Prompt> all = evaluation(at);
    return PromptPool.shuffled(all, settings.seed(), step)
        .subList(0, Math.min(settings.evaluation().glance(), all.size()));
  }

  /**
   * Prompts of the n-th update of the warm start, from 0: an endless row of epochs over the prompts
   * that have an answer.
   */
  public List<Prompt> answered(Position at, long update) {
    List<Prompt> pool = pool(at.held()).answered();
    if (pool.isEmpty()) {
      throw new IllegalStateException("no prompt has an answer: the warm start cannot learn");
    }
    int batch = settings.warmStart().sft().batch();
    List<Prompt> taken = new ArrayList<>(batch);
    List<Prompt> order = List.of();
    long shuffled = -1;
    for (long i = update * batch; i < (update + 1) * batch; i++) {
      long number = i / pool.size();
      if (number != shuffled) {
        order = PromptPool.shuffled(pool, Seeds.mix(settings.seed(), pool.size()), number);
        shuffled = number;
      }
      taken.add(order.get((int) (i % pool.size())));
    }
    return taken;
  }
}
