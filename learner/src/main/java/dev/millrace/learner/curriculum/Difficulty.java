package dev.millrace.learner.curriculum;

import com.carrotsearch.hppc.LongLongHashMap;
import dev.millrace.contracts.avro.GroupOutcome;
import dev.millrace.contracts.avro.TaskOutcome;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.learner.run.SkipSettings;

/**
 * Which prompts are solved or hopeless now. Follows from the entries of the ledger alone: {@link
 * #add} of each in turn, in a running learner as in one that resumes. Remembers only prompts whose
 * last group was one or the other, in some twenty bytes each.
 */
final class Difficulty {

  private static final int STREAK_BITS = 8;
  private static final int LONGEST_STREAK = 100;

  private final SkipSettings settings;
  private final int groupSize;

  /** By id: the update of the last judgement, and how many like it came in a row, hopeless < 0. */
  private final LongLongHashMap judged = new LongLongHashMap();

  private int solved;
  private int hopeless;

  Difficulty(RunSettings settings) {
    this.settings = settings.curriculum().skip();
    this.groupSize = settings.groupSize();
  }

  /**
   * Takes note of an entry.
   *
   * @param updates of the run after it
   */
  void add(TrainingStep entry, int updates) {
    if (!settings.any()) {
      return;
    }
    for (GroupOutcome group : entry.getGroups()) {
      boolean sampled =
          group.getOutcome() == TaskOutcome.TRAINED || group.getOutcome() == TaskOutcome.FILTERED;
      if (sampled && group.getPromptId() != null && group.getRight() >= 0) {
        add(Seeds.id(group.getPromptId()), group.getRight() / (double) groupSize, updates);
      }
    }
  }

  private void add(long id, double share, int updates) {
    int before = (byte) judged.getOrDefault(id, 0);
    int streak = 0;
    if (settings.solved() && share >= settings.solvedFrom()) {
      streak = Math.min(Math.max(before, 0) + 1, LONGEST_STREAK);
    } else if (settings.hopeless() && share <= settings.hopelessTo()) {
      streak = Math.max(Math.min(before, 0) - 1, -LONGEST_STREAK);
    }
    if (streak == 0) {
      judged.remove(id);
    } else {
      judged.put(id, (long) updates << STREAK_BITS | streak & 0xff);
    }
    solved += among(streak) - among(before);
    hopeless += among(-streak) - among(-before);
  }

  private int among(int streak) {
    return streak >= settings.groups() ? 1 : 0;
  }

  /** Whether a prompt is to be passed over when a run has made so many updates. */
  boolean rests(long id, int updates) {
    if (!settings.any()) {
      return false;
    }
    long known = judged.getOrDefault(id, 0);
    int streak = (byte) known;
    return Math.abs(streak) >= settings.groups()
        && updates - (known >> STREAK_BITS) < settings.revisit();
  }

  /** Prompts that count as solved, whether they rest still or may come again. */
  int solved() {
    return solved;
  }

  /** Prompts that count as hopeless. */
  int hopeless() {
    return hopeless;
  }
}
