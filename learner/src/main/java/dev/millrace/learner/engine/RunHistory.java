package dev.millrace.learner.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.learner.machine.LedgerException;
import dev.millrace.learner.machine.RunState;
import dev.millrace.learner.run.RunSettings;
import java.util.ArrayList;
import java.util.List;

/**
 * A run so far: its entries and the state after each, which follows from them.
 *
 * @param entries the first is START
 */
public record RunHistory(RunSettings settings, List<TrainingStep> entries, List<RunState> states) {

  private static final JsonMapper JSON = new JsonMapper();

  public RunHistory {
    entries = List.copyOf(entries);
    states = List.copyOf(states);
  }

  /**
   * @param entries at least START
   * @throws LedgerException if they contradict one another
   */
  public static RunHistory of(List<TrainingStep> entries) {
    RunSettings settings = settings(entries.getFirst());
    List<RunState> states = new ArrayList<>();
    states.add(RunState.start(settings, entries.getFirst()));
    for (TrainingStep entry : entries.subList(1, entries.size())) {
      states.add(states.getLast().apply(entry));
    }
    return new RunHistory(settings, entries, states);
  }

  private static RunSettings settings(TrainingStep start) {
    try {
      return RunSettings.parse(JSON.readTree(start.getSettings()));
    } catch (JsonProcessingException | IllegalArgumentException e) {
      throw new LedgerException(
          start.getRun(),
          start.getStep(),
          "its settings cannot be read by this build: " + e.getMessage());
    }
  }

  /** The last entry. */
  public TrainingStep last() {
    return entries.getLast();
  }

  /** The state after the last entry. */
  public RunState state() {
    return states.getLast();
  }

  /** The entry after which a lineage begins; 0 for the first. */
  long lineageBegin(int lineage) {
    int at = entries.size() - 1;
    while (at > 0 && entries.get(at).getLineage() >= lineage) {
      at--;
    }
    return at;
  }
}
