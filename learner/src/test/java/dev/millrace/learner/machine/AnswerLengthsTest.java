package dev.millrace.learner.machine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.millrace.learner.run.RunSettings;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.SplittableRandom;
import org.apache.commons.statistics.inference.KolmogorovSmirnovTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whether long answers are learned from as often as they are generated, although they arrive late:
 * workers of limited number, whose time for an answer is its length, in simulated time.
 */
class AnswerLengthsTest {

  private static final int WORKERS = 12;
  private static final int UPDATE_TIME = 8;
  private static final int BATCH = 8;

  /** What is done with answers as they arrive. */
  interface Learner {
    /** Tasks that were issued since this was asked last. */
    List<TaskId> issued();

    long version();

    /**
     * @param began the version that the answer began with
     */
    void arrived(TaskId task, long began, long now);

    /** Whether there is a batch, which an update is then made of: what it consists of. */
    List<TaskId> batch(long now);

    /** The update is made. */
    void updated(long now);

    boolean ended();
  }

  private record Answer(TaskId task, long began, long at) {}

  private final Map<TaskId, Integer> lengths = new HashMap<>();
  private final List<TaskId> generated = new ArrayList<>();
  private final List<TaskId> trained = new ArrayList<>();
  private final Queue<TaskId> waiting = new ArrayDeque<>();
  private final PriorityQueue<Answer> atWork =
      new PriorityQueue<>(
          (a, b) -> a.at() != b.at() ? Long.compare(a.at(), b.at()) : a.task().compareTo(b.task()));

  /** Most answers are short; one in eight is ten times as long. */
  private int length(TaskId task) {
    return lengths.computeIfAbsent(
        task,
        id -> {
          var random = new SplittableRandom(31 * id.step() + id.index());
          return random.nextInt(8) == 0 ? 50 + random.nextInt(30) : 4 + random.nextInt(5);
        });
  }

  private void run(Learner learner) {
    long now = 0;
    while (!learner.ended()) {
      issue(learner, now);
      List<TaskId> batch = learner.batch(now);
      if (batch.isEmpty()) {
        now = atWork.element().at();
        work(learner, now);
      } else {
        now += UPDATE_TIME;
        work(learner, now);
        trained.addAll(batch);
        learner.updated(now);
      }
    }
  }

  private void issue(Learner learner, long now) {
    List<TaskId> tasks = learner.issued();
    generated.addAll(tasks);
    waiting.addAll(tasks);
    begin(learner, now);
  }

  private void begin(Learner learner, long now) {
    while (atWork.size() < WORKERS && !waiting.isEmpty()) {
      TaskId task = waiting.remove();
      atWork.add(new Answer(task, learner.version(), now + length(task)));
    }
  }

  /** Lets the workers work until {@code until}. */
  private void work(Learner learner, long until) {
    while (!atWork.isEmpty() && atWork.element().at() <= until) {
      Answer answer = atWork.remove();
      learner.arrived(answer.task(), answer.began(), answer.at());
      begin(learner, answer.at());
    }
  }

  /** The probability of so large a difference if both are of one distribution. */
  private double probability(List<TaskId> some, List<TaskId> others) {
    return KolmogorovSmirnovTest.withDefaults().test(numbers(some), numbers(others)).getPValue();
  }

  private double[] numbers(List<TaskId> tasks) {
    return tasks.stream().mapToDouble(this::length).toArray();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 4})
  void lengths_that_are_trained_on_are_distributed_as_those_that_are_generated(int staleness)
      throws Exception {
    RunSettings settings =
        RunSettings.parse(
            new YAMLMapper()
                .readTree(
                    """
                    run: lengths
                    policy: lengths
                    start: {directory: nowhere}
                    promptsPerStep: %d
                    groupSize: 2
                    steps: 300
                    maxStaleness: %d
                    evaluation: {every: 0}
                    """
                        .formatted(BATCH, staleness)));
    run(new PlannedLearner(settings));

    assertThat(trained).hasSize(300 * BATCH);
    assertThat(probability(trained, generated)).isGreaterThan(0.05);
    // Nor is there a time at which it learns from short answers only.
    for (int part = 0; part < 3; part++) {
      List<TaskId> then = trained.subList(part * 100 * BATCH, (part + 1) * 100 * BATCH);
      assertThat(probability(then, generated)).as("part %d", part).isGreaterThan(0.05);
    }
  }

  @Test
  void discarding_what_is_too_old_would_favour_short_answers() {
    run(new DiscardingLearner(2, 300));
    assertThat(trained).hasSizeGreaterThan(200 * BATCH);
    assertThat(probability(trained, generated)).isLessThan(0.001);
  }

  /** What systems do that bound staleness by dropping: the first answers that came, if fresh. */
  private static final class DiscardingLearner implements Learner {

    private final int maxStaleness;
    private final int steps;
    private final List<TaskId> next = new ArrayList<>();
    private final Map<TaskId, Long> arrived = new java.util.LinkedHashMap<>();
    private long version = 1;
    private int number;

    DiscardingLearner(int maxStaleness, int steps) {
      this.maxStaleness = maxStaleness;
      this.steps = steps;
      issue((maxStaleness + 1) * BATCH);
    }

    private void issue(int tasks) {
      for (int i = 0; i < tasks; i++) {
        next.add(new TaskId("d", version, number++));
      }
    }

    @Override
    public List<TaskId> issued() {
      List<TaskId> out = List.copyOf(next);
      next.clear();
      return out;
    }

    @Override
    public long version() {
      return version;
    }

    @Override
    public void arrived(TaskId task, long began, long now) {
      arrived.put(task, began);
    }

    @Override
    public List<TaskId> batch(long now) {
      int before = arrived.size();
      arrived.values().removeIf(began -> version - began > maxStaleness);
      issue(before - arrived.size());
      if (arrived.size() < BATCH) {
        return List.of();
      }
      List<TaskId> batch = List.copyOf(arrived.keySet()).subList(0, BATCH);
      batch.forEach(arrived::remove);
      return batch;
    }

    @Override
    public void updated(long now) {
      version++;
      issue(BATCH);
    }

    @Override
    public boolean ended() {
      return version > steps;
    }
  }
}
