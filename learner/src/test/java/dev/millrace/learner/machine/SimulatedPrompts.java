package dev.millrace.learner.machine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.contracts.avro.Prompt;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.learner.curriculum.Curriculum;
import dev.millrace.learner.curriculum.GrowingLog;
import dev.millrace.learner.curriculum.Position;
import dev.millrace.learner.run.PromptOrder;
import dev.millrace.learner.run.RunSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * The prompts of a simulated run. Whatever is taken, is taken a second time by a curriculum that
 * knows nothing but the ledger: both must be the same.
 */
final class SimulatedPrompts {

  private static final int PARTITIONS = 3;

  private final RunSettings settings;
  private final SplittableRandom random;
  private final GrowingLog log = new GrowingLog(PARTITIONS);
  private final Map<String, String> promptOfTask = new HashMap<>();
  private final Map<String, Integer> taken = new TreeMap<>();
  private Curriculum curriculum;
  private int pushed;
  private long rested;

  SimulatedPrompts(RunSettings settings, SplittableRandom random) {
    this.settings = settings;
    this.random = random;
    for (int i = 0; i < 20; i++) {
      push();
    }
    log.push(GrowingLog.prompt("held", true));
    curriculum = fresh();
  }

  private Curriculum fresh() {
    return new Curriculum(settings, log, Duration.ZERO);
  }

  void push() {
    String tag = List.of("rare", "often", "plain").get(random.nextInt(3));
    log.push(GrowingLog.prompt("p" + pushed++, false, tag));
  }

  boolean mayLack() {
    return settings.curriculum().order() == PromptOrder.ARRIVAL;
  }

  Position now() {
    return curriculum.now();
  }

  int supply(RunState state) {
    return curriculum.supply(state.position(), state.lacking(), state.phase().updates());
  }

  Curriculum.Taken take(Position from, int count, int updates, List<TrainingStep> ledger) {
    Curriculum.Taken ours = curriculum.take(from, count, updates);
    Curriculum.Taken resumed = rebuilt(ledger).take(Position.parse(from.json()), count, updates);
    assertThat(resumed.prompts()).isEqualTo(ours.prompts());
    assertThat(resumed.after()).isEqualTo(ours.after());
    rested += ours.rested();
    return ours;
  }

  private Curriculum rebuilt(List<TrainingStep> ledger) {
    Curriculum rebuilt = fresh();
    if (!ledger.isEmpty()) {
      RunState state = RunState.start(settings, ledger.getFirst());
      for (TrainingStep entry : ledger.subList(1, ledger.size())) {
        state = state.apply(entry);
        rebuilt.add(entry, state.phase().updates());
      }
    }
    return rebuilt;
  }

  /** What was in memory is gone. */
  void forget(List<TrainingStep> ledger) {
    curriculum = rebuilt(ledger);
  }

  void add(TrainingStep entry, int updates) {
    curriculum.add(entry, updates);
  }

  void issue(List<String> tasks, List<Prompt> prompts) {
    for (int i = 0; i < tasks.size(); i++) {
      String id = prompts.get(i).getId();
      promptOfTask.put(tasks.get(i), id);
      taken.merge(id, 1, Integer::sum);
    }
  }

  String of(TaskId task) {
    return promptOfTask.getOrDefault(task.toString(), "held");
  }

  /** Some prompts are solved, some are hopeless, some are now this and now that. */
  List<Double> rewards(TaskId task) {
    List<Double> rewards = new ArrayList<>();
    for (int i = 0; i < settings.groupSize(); i++) {
      double chance =
          switch (Math.floorMod(of(task).hashCode(), 4)) {
            case 0 -> 1;
            case 1 -> 0;
            default -> 0.5;
          };
      rewards.add(random.nextDouble() < chance ? 1.0 : 0.0);
    }
    return rewards;
  }

  /** How often each prompt was taken. */
  Map<String, Integer> taken() {
    return taken;
  }

  long rested() {
    return rested;
  }
}
