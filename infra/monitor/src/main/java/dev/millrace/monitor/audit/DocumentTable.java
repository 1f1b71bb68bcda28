package dev.millrace.monitor.audit;

import dev.millrace.contracts.avro.ChunkOutcome;
import dev.millrace.contracts.avro.IndexOutcome;
import dev.millrace.monitor.audit.CompactTable.Key;
import java.util.function.IntConsumer;

/**
 * The newest revision of every document in each of the three topics, in 56 bytes and a little room
 * each. A revision is -1 where the topic has none.
 */
final class DocumentTable {

  // Columns. Each of the first three holds a revision, a code and a number beside it.
  private static final int DOCUMENT = 0;
  private static final int CHUNKS = 1;
  private static final int INDEXED = 2;
  private static final int CHUNKS_PLACE = 3;
  private static final int LETTER = 4;

  private static final int REVISION_BITS = 46;
  private static final long REVISION_MASK = (1L << REVISION_BITS) - 1;
  private static final int CODE_BITS = 4;
  private static final int CODE_MASK = (1 << CODE_BITS) - 1;
  private static final int OFFSET_BITS = 40;
  private static final long OFFSET_MASK = (1L << OFFSET_BITS) - 1;
  private static final int PARTITION_MASK = 0xfff;

  private static final int DELETION = 1;
  private static final int BAD_KEY = 2;
  private static final int OUTCOMES = 3;
  private static final int UNREADABLE = 3;
  private static final int OLD = 4;

  private final CompactTable table = new CompactTable(5);

  Key key(byte[] bytes) {
    return table.key(bytes);
  }

  Key key(int row) {
    return table.key(row);
  }

  int row(Key key) {
    return table.row(key);
  }

  void forEach(IntConsumer rows) {
    table.forEach(rows);
  }

  private static long pack(long revision, int code, int number) {
    return (revision + 1)
        | (long) code << REVISION_BITS
        | (long) number << REVISION_BITS + CODE_BITS;
  }

  private long revision(int row, int column) {
    return (table.get(row, column) & REVISION_MASK) - 1;
  }

  private int code(int row, int column) {
    return (int) (table.get(row, column) >>> REVISION_BITS) & CODE_MASK;
  }

  private int number(int row, int column) {
    return (int) (table.get(row, column) >>> REVISION_BITS + CODE_BITS);
  }

  void document(int row, int partition, long revision, boolean deletion, boolean badKey) {
    int code = (deletion ? DELETION : 0) | (badKey ? BAD_KEY : 0);
    table.set(row, DOCUMENT, pack(revision, code, partition));
  }

  long documentRevision(int row) {
    return revision(row, DOCUMENT);
  }

  int documentPartition(int row) {
    return number(row, DOCUMENT);
  }

  boolean isDeletion(int row) {
    return (code(row, DOCUMENT) & DELETION) != 0;
  }

  boolean hasBadKey(int row) {
    return (code(row, DOCUMENT) & BAD_KEY) != 0;
  }

  /**
   * @param outcome null: the record cannot be read
   * @param old true when its report may be gone from {@code indexed} by now
   */
  void chunks(int row, long revision, ChunkOutcome outcome, int reason, boolean old) {
    int code = (outcome == null ? UNREADABLE : outcome.ordinal()) | (old ? OLD : 0);
    table.set(row, CHUNKS, pack(revision, code, reason));
  }

  void chunksPlace(int row, int partition, long offset) {
    table.set(row, CHUNKS_PLACE, place(partition, offset));
  }

  long chunksRevision(int row) {
    return revision(row, CHUNKS);
  }

  boolean hasChunks(int row) {
    return table.get(row, CHUNKS) != 0;
  }

  /** Null when the record cannot be read. */
  ChunkOutcome chunksOutcome(int row) {
    int code = code(row, CHUNKS) & OUTCOMES;
    return code == UNREADABLE ? null : ChunkOutcome.values()[code];
  }

  boolean areChunksOld(int row) {
    return (code(row, CHUNKS) & OLD) != 0;
  }

  int chunksReason(int row) {
    return number(row, CHUNKS);
  }

  int chunksPartition(int row) {
    return (int) (table.get(row, CHUNKS_PLACE) >>> OFFSET_BITS) & PARTITION_MASK;
  }

  long chunksOffset(int row) {
    return table.get(row, CHUNKS_PLACE) & OFFSET_MASK;
  }

  void indexed(int row, long revision, IndexOutcome outcome, int reason) {
    table.set(row, INDEXED, pack(revision, outcome.ordinal(), reason));
  }

  long indexedRevision(int row) {
    return revision(row, INDEXED);
  }

  IndexOutcome indexedOutcome(int row) {
    return IndexOutcome.values()[code(row, INDEXED)];
  }

  int indexedReason(int row) {
    return number(row, INDEXED);
  }

  /** Notes that the record of {@code chunks} at this place became a dead letter. */
  void letter(int row, int partition, long offset, int reason) {
    table.set(row, LETTER, place(partition, offset) | (long) (reason + 1) << OFFSET_BITS + 12);
  }

  /** True when the newest record in {@code chunks} became a dead letter. */
  boolean isLetter(int row) {
    long letter = table.get(row, LETTER);
    return letter != 0 && (letter & ((1L << OFFSET_BITS + 12) - 1)) == table.get(row, CHUNKS_PLACE);
  }

  int letterReason(int row) {
    return (int) (table.get(row, LETTER) >>> OFFSET_BITS + 12) - 1;
  }

  private static long place(int partition, long offset) {
    return (long) partition << OFFSET_BITS | offset;
  }
}
