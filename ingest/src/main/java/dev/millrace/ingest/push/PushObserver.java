package dev.millrace.ingest.push;

import dev.millrace.ingest.source.Fault;
import java.nio.file.Path;

/** Hears of a push while it runs. Called by several threads, among them Kafka's: must be quick. */
public interface PushObserver {

  /** Something is not a document or was refused; the push goes on. */
  void fault(Fault fault);

  /** A remark for the person who pushes. */
  default void note(String line) {}

  /** Bytes of the sources that have been dealt with. */
  default void progress(long bytes, Tally tally) {}

  /** A folder that was visited. */
  default void folder(Path folder) {}
}
