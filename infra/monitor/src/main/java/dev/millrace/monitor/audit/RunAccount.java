package dev.millrace.monitor.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TaskOutcome;
import dev.millrace.contracts.avro.TrainingStep;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/** One run's ledger, entry by entry: is the chain whole, and how many tasks had which outcome. */
final class RunAccount {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String NO_REASON = "(no reason)";

  private final String run;
  private final Problems problems;
  private final Map<TaskOutcome, TreeMap<String, Long>> outcomes = new EnumMap<>(TaskOutcome.class);
  private OptionalLong maxStaleness = OptionalLong.empty();
  private boolean begun;
  private boolean ended;
  private long lastStep = -1;
  private long updates;
  private int lineage;
  private long firstVersion;
  private long version;
  private long issued;
  private long open;
  private long samples;
  private long staleness;
  private long mostStale;

  RunAccount(String run, Problems problems) {
    this.run = run;
    this.problems = problems;
    for (TaskOutcome outcome : TaskOutcome.values()) {
      outcomes.put(outcome, new TreeMap<>());
    }
  }

  String run() {
    return run;
  }

  boolean ended() {
    return ended;
  }

  long lastStep() {
    return lastStep;
  }

  OptionalLong maxStaleness() {
    return maxStaleness;
  }

  /** Takes the next entry, in the order of the log. */
  void add(TrainingStep entry) {
    checkStep(entry);
    checkVersions(entry);
    if (entry.getKind() == StepKind.START) {
      maxStaleness = maxStaleness(entry.getSettings());
      firstVersion = entry.getVersionBefore();
    }
    if (!begun) {
      begun = true;
      firstVersion = entry.getVersionBefore();
    }
    ended = entry.getKind() == StepKind.END;
    updates += isUpdate(entry) ? 1 : 0;
    lineage = Math.max(lineage, entry.getLineage());
    lastStep = Math.max(lastStep, entry.getStep());
    version = entry.getVersionAfter();
  }

  /** A batch in which nothing was informative leaves the weights as they are. */
  private static boolean isUpdate(TrainingStep entry) {
    return entry.getKind() == StepKind.UPDATE && entry.getVersionAfter() > entry.getVersionBefore();
  }

  private void checkStep(TrainingStep entry) {
    long step = entry.getStep();
    if (step <= lastStep) {
      add(step, "step-repeated", "the entry comes after step " + lastStep);
    } else if (step > lastStep + 1) {
      add(step, "step-gap", "the entry before it is " + (lastStep < 0 ? "missing" : lastStep));
    }
    if ((step == 0) != (entry.getKind() == StepKind.START)) {
      add(step, "start-misplaced", "a run begins with START at step 0; this is " + entry.getKind());
    }
    if (ended) {
      add(step, "entry-after-end", "the run had ended at step " + lastStep);
    }
  }

  private void checkVersions(TrainingStep entry) {
    if (begun && entry.getVersionBefore() != version) {
      add(
          entry.getStep(),
          "version-chain-broken",
          "it begins with version %d, but the entry before it ended with %d"
              .formatted(entry.getVersionBefore(), version));
    }
    if (entry.getVersionAfter() < entry.getVersionBefore()) {
      add(
          entry.getStep(),
          "version-chain-broken",
          "it leads from version %d back to %d"
              .formatted(entry.getVersionBefore(), entry.getVersionAfter()));
    }
  }

  private void add(long step, String kind, String sentence) {
    problems.add(kind, run + "/" + step, sentence);
  }

  void issued() {
    issued++;
  }

  void resolved(TaskOutcome outcome, String reason) {
    outcomes.get(outcome).merge(reason == null ? NO_REASON : reason, 1L, Long::sum);
  }

  void open() {
    open++;
  }

  void trained(long stale) {
    samples++;
    staleness += stale;
    mostStale = Math.max(mostStale, stale);
  }

  RunReport report() {
    return new RunReport(
        run,
        lastStep,
        updates,
        lineage,
        firstVersion,
        version,
        ended,
        issued,
        count(TaskOutcome.TRAINED),
        outcomes.get(TaskOutcome.FILTERED),
        outcomes.get(TaskOutcome.EXPIRED),
        outcomes.get(TaskOutcome.FAILED),
        count(TaskOutcome.EVALUATED),
        open,
        samples,
        samples == 0 ? 0 : (double) staleness / samples,
        mostStale,
        maxStaleness);
  }

  private long count(TaskOutcome outcome) {
    return RunReport.sum(outcomes.get(outcome));
  }

  /** The setting of this name, wherever in the settings it stands. */
  private OptionalLong maxStaleness(String settings) {
    if (settings == null) {
      return OptionalLong.empty();
    }
    try {
      JsonNode found = JSON.readTree(settings).findValue("maxStaleness");
      return found != null && found.isIntegralNumber()
          ? OptionalLong.of(found.asLong())
          : OptionalLong.empty();
    } catch (JsonProcessingException e) {
      add(0, "settings-unreadable", "the settings of START are not JSON");
      return OptionalLong.empty();
    }
  }
}
