package dev.millrace.learner.ledger;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.learner.log.LogReader;
import dev.millrace.learner.machine.LedgerException;
import dev.millrace.runtime.StageContext;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Reads the ledger. */
public final class Ledger {

  private final LogReader log;
  private final AvroSerde<TrainingStep> serde;

  /**
   * @param deadline of one reading
   */
  public Ledger(StageContext context, Duration deadline) {
    var topic = context.topics().trainingLedger();
    this.log = new LogReader(context, topic.name(), "learner-ledger", deadline);
    this.serde = new AvroSerde<>(context.registry(), topic);
  }

  /** The key of an entry. */
  public static String key(String run, long step) {
    return run + "/" + step;
  }

  /**
   * The entries of a run in their order; none if it has not begun.
   *
   * @throws LedgerException if one is missing or stands twice
   */
  public List<TrainingStep> entries(String run) {
    List<TrainingStep> entries = new ArrayList<>();
    String prefix = run + "/";
    log.readAll(
        record -> {
          if (record.key() == null || record.value() == null) {
            return;
          }
          if (new String(record.key(), StandardCharsets.UTF_8).startsWith(prefix)) {
            TrainingStep entry = serde.read(record.value());
            if (entry.getStep() != entries.size()) {
              throw new LedgerException(
                  run, entry.getStep(), "expected step " + entries.size() + " here");
            }
            entries.add(entry);
          }
        });
    return entries;
  }

  /** The names of all runs. */
  public Set<String> runs() {
    Set<String> runs = new TreeSet<>();
    log.readAll(
        record -> {
          String key = record.key() == null ? "" : new String(record.key(), StandardCharsets.UTF_8);
          int slash = key.lastIndexOf('/');
          if (slash > 0) {
            runs.add(key.substring(0, slash));
          }
        });
    return runs;
  }
}
