package dev.millrace.monitor.audit;

import dev.millrace.contracts.avro.TaskOutcome;
import dev.millrace.monitor.audit.CompactTable.Key;
import java.nio.charset.StandardCharsets;
import java.util.function.IntConsumer;

/** What is known of every task, in 48 bytes and a little room each. */
final class TaskTable {

  // Columns, and the bits of the first one.
  private static final int STATE = 0;
  private static final int STEPS = 1;
  private static final int PLACE = 2;
  private static final int VERSION = 3;

  private static final long ISSUED = 1;
  private static final long PUBLISHED = 1 << 1;
  private static final long GROUP_SEEN = 1 << 2;
  private static final long GROUP_AT_PLACE = 1 << 3;
  private static final int OUTCOME_SHIFT = 4;
  private static final int OUTCOME_MASK = 7;
  private static final int RUN_SHIFT = 32;
  private static final int PARTITION_SHIFT = 48;
  private static final long OFFSET_MASK = (1L << PARTITION_SHIFT) - 1;
  private static final TaskOutcome[] OUTCOMES = TaskOutcome.values();

  private final CompactTable table = new CompactTable(4);

  Key key(String taskId) {
    return table.key(taskId.getBytes(StandardCharsets.UTF_8));
  }

  Key key(byte[] taskId) {
    return table.key(taskId);
  }

  Key key(int row) {
    return table.key(row);
  }

  int find(Key key) {
    return table.find(key);
  }

  int size() {
    return table.size();
  }

  void forEach(IntConsumer rows) {
    table.forEach(rows);
  }

  /**
   * @return false when it had been issued before
   */
  boolean issue(Key key, int run, long step) {
    int row = table.row(key);
    if (has(row, ISSUED)) {
      return false;
    }
    table.set(row, STATE, ISSUED | (long) run << RUN_SHIFT);
    table.set(row, STEPS, step << 32);
    return true;
  }

  int run(int row) {
    return (int) (table.get(row, STATE) >>> RUN_SHIFT);
  }

  long issuedAt(int row) {
    return table.get(row, STEPS) >>> 32;
  }

  /**
   * @param partition of its group in scored-samples, or negative when it has none
   * @param version that the resolving step began with
   */
  void resolve(int row, TaskOutcome outcome, long step, int partition, long offset, long version) {
    set(row, (long) (outcome.ordinal() + 1) << OUTCOME_SHIFT);
    table.set(row, STEPS, (table.get(row, STEPS) & ~0xffffffffL) | (step & 0xffffffffL));
    table.set(row, PLACE, partition < 0 ? -1 : (long) partition << PARTITION_SHIFT | offset);
    table.set(row, VERSION, version);
  }

  /** The outcome, or null while it is open. */
  TaskOutcome outcome(int row) {
    int code = (int) (table.get(row, STATE) >>> OUTCOME_SHIFT) & OUTCOME_MASK;
    return code == 0 ? null : OUTCOMES[code - 1];
  }

  long resolvedAt(int row) {
    return table.get(row, STEPS) & 0xffffffffL;
  }

  boolean hasPlace(int row) {
    return outcome(row) != null && table.get(row, PLACE) != -1;
  }

  int partition(int row) {
    return (int) (table.get(row, PLACE) >>> PARTITION_SHIFT);
  }

  long offset(int row) {
    return table.get(row, PLACE) & OFFSET_MASK;
  }

  long version(int row) {
    return table.get(row, VERSION);
  }

  boolean isPublished(int row) {
    return has(row, PUBLISHED);
  }

  void publish(int row) {
    set(row, PUBLISHED);
  }

  boolean isGroupSeen(int row) {
    return has(row, GROUP_SEEN);
  }

  void seeGroup(int row) {
    set(row, GROUP_SEEN);
  }

  boolean isGroupAtPlace(int row) {
    return has(row, GROUP_AT_PLACE);
  }

  void findGroupAtPlace(int row) {
    set(row, GROUP_AT_PLACE);
  }

  private boolean has(int row, long bit) {
    return (table.get(row, STATE) & bit) != 0;
  }

  private void set(int row, long bits) {
    table.set(row, STATE, table.get(row, STATE) | bits);
  }
}
