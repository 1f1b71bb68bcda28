package dev.millrace.learner.curriculum;

import dev.millrace.contracts.avro.Prompt;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.learner.run.PromptOrder;
import dev.millrace.learner.run.RunSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.LongPredicate;

/**
 * Which prompts come next. Either epochs: each is a permutation by seed of the prompts that there
 * were when it began, and what was pushed since joins at the next. Or arrivals: each prompt of the
 * log once. Position and ledger say it all: from the same position, after the same entries, the
 * same prompts follow, on any machine.
 */
public final class Curriculum {

  private static final int KEPT_POOLS = 3;
  private static final int MOST_EMPTY = 1_000_000;
  private static final Duration LOOK = Duration.ofMillis(500);

  private record Epoch(long number, Map<Integer, Long> ends, int[] order) {}

  /**
   * Some prompts and the position behind them.
   *
   * @param rested prompts that were passed over because they are solved or hopeless
   */
  public record Taken(List<Prompt> prompts, int rested, Position after) {}

  private final RunSettings settings;
  private final PromptSource source;
  private final Duration look;
  private final Difficulty difficulty;
  private final Map<Map<Integer, Long>, PromptPool> pools = new LinkedHashMap<>(8, 0.75f, true);
  private PromptIndex index;
  private Map<Integer, Long> indexed = Map.of();
  private Epoch epoch;
  private Arrivals arrivals;
  private List<Prompt> evaluation;

  public Curriculum(RunSettings settings, PromptSource source) {
    this(settings, source, LOOK);
  }

  /**
   * @param look from one look for prompts that arrived to the next
   */
  public Curriculum(RunSettings settings, PromptSource source, Duration look) {
    this.settings = Objects.requireNonNull(settings, "settings");
    this.source = Objects.requireNonNull(source, "source");
    this.look = look;
    this.difficulty = new Difficulty(settings);
  }

  /** Takes note of an entry of the ledger, after which a run has made so many updates. */
  public void add(TrainingStep entry, int updates) {
    difficulty.add(entry, updates);
  }

  /** The position of a run that begins now. */
  public Position now() {
    return arrive() ? Position.ofArrivals(source.ends()) : Position.start(source.ends());
  }

  private boolean arrive() {
    return settings.curriculum().order() == PromptOrder.ARRIVAL;
  }

  /** The prompts before these ends. */
  public PromptPool pool(Map<Integer, Long> ends) {
    PromptPool known = pools.get(ends);
    if (known == null) {
      known = read(ends);
      if (pools.size() == KEPT_POOLS) {
        pools.remove(pools.keySet().iterator().next());
      }
      pools.put(Map.copyOf(ends), known);
    }
    return known;
  }

  /** Reads on from where the index ends, unless that is too far. */
  private PromptPool read(Map<Integer, Long> ends) {
    boolean further =
        indexed.entrySet().stream()
            .allMatch(end -> end.getValue() <= ends.getOrDefault(end.getKey(), 0L));
    if (index == null || !further) {
      index = new PromptIndex(new PromptRule(settings));
      indexed = Map.of();
    }
    source.read(indexed, ends, index::add);
    indexed = Map.copyOf(ends);
    return index.pool();
  }

  /**
   * The next prompts. Where they come as they arrive, there may be fewer.
   *
   * @param updates that the run has made
   * @throws IllegalStateException if there are no prompts to train on
   */
  public Taken take(Position from, int count, int updates) {
    if (count == 0) {
      return new Taken(List.of(), 0, from);
    }
    LongPredicate rests = id -> difficulty.rests(id, updates);
    if (!arrive()) {
      return new EpochWalk(from).take(count, rests);
    }
    if (arrivals == null) {
      PromptPool.Prompts heldOut = pool(from.held()).heldOut();
      arrivals = new Arrivals(new PromptRule(settings), source, settings.seed(), heldOut, look);
    }
    Arrivals.Taken taken = arrivals.take(from, count, rests);
    return new Taken(taken.prompts(), taken.rested(), taken.after());
  }

  /**
   * How many prompts there are now for new tasks, as far as somebody asks.
   *
   * @param wanted how many would do
   */
  public int supply(Position from, int wanted, int updates) {
    return arrive() && wanted > 0 ? take(from, wanted, updates).prompts().size() : wanted;
  }

  /**
   * A walk through epochs. Prompts that rest are passed over; but a pass must not come round to the
   * same prompts again: when it has met all of them and lacks some, those that rest fill it up.
   */
  private final class EpochWalk {

    private final List<Place> taken = new ArrayList<>();
    private final List<Place> resting = new ArrayList<>();
    private Position at;
    private int[] order;
    private PromptPool.Prompts prompts;
    private int next;

    EpochWalk(Position from) {
      open(from);
    }

    private void open(Position position) {
      at = position;
      order = order(position);
      prompts = pool(position.ends()).training();
      next = position.next();
    }

    Taken take(int count, LongPredicate rests) {
      int rested = 0;
      turn();
      int most = order.length;
      for (int met = 0; taken.size() < count && met < most; met++) {
        int prompt = draw();
        if (!rests.test(prompts.ids()[prompt])) {
          taken.add(prompts.place(prompt));
        } else if (rested++ < count) {
          resting.add(prompts.place(prompt));
        }
      }
      int filled = Math.min(count - taken.size(), resting.size());
      taken.addAll(resting.subList(0, filled));
      while (taken.size() < count) {
        int prompt = draw();
        taken.add(prompts.place(prompt));
      }
      return new Taken(source.at(taken), rested - filled, at.at(at.epoch(), next, at.ends()));
    }

    /** The number of the next prompt. */
    private int draw() {
      turn();
      return order[next++];
    }

    /** Begins the next epoch where one is over; with small weights some are empty. */
    private void turn() {
      for (int empty = 0; next == order.length; empty++) {
        open(at.at(at.epoch() + 1, 0, empty == 0 ? source.ends() : at.ends()));
        if (prompts.size() == 0 || empty > MOST_EMPTY) {
          throw new IllegalStateException("the prompt log has no prompts to train on any more");
        }
      }
    }
  }

  private int[] order(Position at) {
    if (epoch == null || epoch.number() != at.epoch() || !epoch.ends().equals(at.ends())) {
      PromptPool.Prompts never = pool(at.held()).heldOut();
      epoch =
          new Epoch(
              at.epoch(), at.ends(), pool(at.ends()).epoch(settings.seed(), at.epoch(), never));
    }
    return epoch.order();
  }

  /** The prompts of every whole evaluation of the run. */
  public List<Prompt> evaluation(Position at) {
    if (evaluation == null) {
      evaluation =
          source.at(pool(at.held()).evaluation(settings.seed(), settings.evaluation().prompts()));
    }
    return evaluation;
  }

  /** Some of them, by the number of the entry that asks. */
  public List<Prompt> glance(Position at, long step) {
    List<Prompt> all = evaluation(at);
    return Arrays.stream(PromptPool.shuffled(all.size(), settings.seed(), step))
        .limit(settings.evaluation().glance())
        .mapToObj(all::get)
        .toList();
  }

  /**
   * Prompts of the n-th update of the warm start, from 0: an endless row of epochs over the prompts
   * that have an answer.
   */
  public List<Prompt> answered(Position at, long update) {
    PromptPool pool = pool(at.held());
    int[] answered = pool.answered();
    if (answered.length == 0) {
      throw new IllegalStateException("no prompt has an answer: the warm start cannot learn");
    }
    int batch = settings.warmStart().sft().batch();
    List<Place> taken = new ArrayList<>(batch);
    int[] order = {};
    long shuffled = -1;
    for (long i = update * batch; i < (update + 1) * batch; i++) {
      long number = i / answered.length;
      if (number != shuffled) {
        order =
            PromptPool.shuffled(
                answered.length, Seeds.mix(settings.seed(), answered.length), number);
        shuffled = number;
      }
      taken.add(pool.training().place(answered[order[(int) (i % answered.length)]]));
    }
    return source.at(taken);
  }

  /** What a run says about its prompts. */
  public Map<String, Double> metrics(Taken taken) {
    Map<String, Double> metrics = new TreeMap<>();
    if (!arrive()) {
      metrics.put("curriculum.epoch", (double) taken.after().epoch());
    }
    if (settings.curriculum().skip().any()) {
      metrics.put("curriculum.solved", (double) difficulty.solved());
      metrics.put("curriculum.hopeless", (double) difficulty.hopeless());
      metrics.put("curriculum.rested", (double) taken.rested());
    }
    return metrics;
  }
}
