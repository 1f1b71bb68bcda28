package dev.millrace.ingest.push;

import dev.millrace.ingest.Destination;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What has been sent to one log, from which source and with which content, kept in an append-only
 * file. Lines are written after the log has acknowledged; losing the newest ones in a crash only
 * means that those documents are sent once more. A damaged line is skipped, a torn last line cut
 * off. The file is written anew when most of its lines are out of date.
 *
 * <p>One process at a time may have it open. Safe for any number of threads.
 */
public final class Journal implements AutoCloseable {

  private static final int SLACK = 10_000;

  private final JournalLock lock;
  private final JournalFile file;
  private final String log;
  private final JournalIndex index = new JournalIndex();
  private final Map<String, Integer> sources = new HashMap<>();
  private long lines;

  /**
   * Opens the journal about {@code destination} in a folder, which is made if need be.
   *
   * @throws IOException when it cannot be read or written, or another process has it open
   */
  public static Journal open(Path folder, Destination destination) throws IOException {
    Files.createDirectories(folder);
    String log =
        "%s-%s-%s".formatted(destination.clusterId(), destination.topic(), destination.topicId());
    String name = log.replaceAll("[^A-Za-z0-9._-]", "_");
    var lock = new JournalLock(folder.resolve(name + ".lock"));
    try {
      return new Journal(lock, new JournalFile(folder.resolve(name + ".journal")), log);
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private Journal(JournalLock lock, JournalFile file, String log) throws IOException {
    this.lock = lock;
    this.file = file;
    this.log = log;
    file.load(this::apply);
    if (lines == 0 || isStale()) {
      rewrite();
    }
  }

  private void apply(JournalLine line) {
    lines++;
    switch (line) {
      case JournalLine.Header header -> {
        // The file's name says the same.
      }
      case JournalLine.Source(int number, String name) -> sources.put(name, number);
      case JournalLine.Sent(String id, Digest content, long fingerprint, int source) ->
          index.put(index.slot(id), content, fingerprint, source);
      case JournalLine.Deleted(String id) -> index.remove(index.slot(id));
    }
  }

  private void write(JournalLine line) {
    file.append(line);
    lines++;
  }

  /** The number of a source, given to it if it has none yet. */
  synchronized int source(String name) {
    Integer known = sources.get(name);
    if (known == null) {
      known = sources.values().stream().mapToInt(Integer::intValue).max().orElse(0) + 1;
      sources.put(name, known);
      write(new JournalLine.Source(known, name));
    }
    return known;
  }

  /** Numbers and names of the sources whose name begins so. */
  synchronized Map<String, Integer> sourcesNamed(String prefix) {
    var found = new HashMap<String, Integer>();
    sources.forEach(
        (name, number) -> {
          if (name.startsWith(prefix)) {
            found.put(name, number);
          }
        });
    return found;
  }

  /** Starts a pass over sources: nothing has been met yet. */
  synchronized void begin() {
    index.forgetSeen();
  }

  /** Marks an id as met in this pass; true when it was so already. */
  synchronized boolean meet(String id) {
    return index.see(index.slot(id));
  }

  /** True when the id was last sent from this source with this fingerprint (never for 0). */
  synchronized boolean isCurrent(String id, long fingerprint, int source) {
    int slot = index.slot(id);
    return fingerprint != 0
        && index.isLive(slot)
        && index.source(slot) == source
        && index.fingerprint(slot) == fingerprint;
  }

  /** True when the id was last sent with this content, from whatever source. */
  synchronized boolean isCurrent(String id, Digest content) {
    return index.holds(index.slot(id), content);
  }

  /** The log has acknowledged this state, or it was found to be unchanged. */
  synchronized void sent(String id, Digest content, long fingerprint, int source) {
    int slot = index.slot(id);
    var line = new JournalLine.Sent(id, content, fingerprint, source);
    if (!isNewest(slot, line)) {
      index.put(slot, content, fingerprint, source);
      write(line);
    }
  }

  /** The log has acknowledged the deletion. */
  public synchronized void deleted(String id) {
    int slot = index.slot(id);
    if (index.isLive(slot)) {
      index.remove(slot);
      write(new JournalLine.Deleted(id));
    }
  }

  /**
   * Names every document of a source that was not met in this pass, once. Holds no lock while the
   * consumer works: it may wait for acknowledgements that are written down here.
   */
  void forEachMissing(int source, Consumer<String> consumer) throws IOException {
    flush();
    file.scan(
        line -> {
          if (line instanceof JournalLine.Sent sent && isMissing(sent.id(), source)) {
            consumer.accept(sent.id());
          }
        });
  }

  private synchronized boolean isMissing(String id, int source) {
    int slot = index.slot(id);
    return index.isLive(slot) && index.source(slot) == source && !index.see(slot);
  }

  /** Documents that are in the log as far as this journal knows. */
  public synchronized int documents() {
    return index.live();
  }

  /** Bytes of memory for the index, 88 a document at most. */
  synchronized long memoryBytes() {
    return index.bytes();
  }

  /** Hands all lines to the operating system. */
  synchronized void flush() {
    file.flush();
  }

  /** Writes the file anew if most of its lines are out of date; not during a pass. */
  synchronized void compact() throws IOException {
    if (isStale()) {
      file.flush();
      rewrite();
    }
  }

  private boolean isStale() {
    return lines > 2L * index.live() + sources.size() + SLACK;
  }

  private void rewrite() throws IOException {
    index.forgetSeen();
    file.rewrite(
        target -> {
          lines = 0;
          Consumer<JournalLine> counted =
              line -> {
                target.accept(line);
                lines++;
              };
          counted.accept(new JournalLine.Header(log));
          sources.forEach((name, number) -> counted.accept(new JournalLine.Source(number, name)));
          file.scan(
              line -> {
                if (line instanceof JournalLine.Sent sent) {
                  int slot = index.slot(sent.id());
                  if (isNewest(slot, sent) && !index.see(slot)) {
                    counted.accept(sent);
                  }
                }
              });
        });
    index.forgetSeen();
  }

  private boolean isNewest(int slot, JournalLine.Sent line) {
    return index.holds(slot, line.content())
        && index.source(slot) == line.source()
        && index.fingerprint(slot) == line.fingerprint();
  }

  /** Writes everything down and lets others in. */
  @Override
  public synchronized void close() throws IOException {
    try (lock) {
      file.close();
    }
  }
}
