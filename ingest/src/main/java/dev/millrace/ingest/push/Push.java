package dev.millrace.ingest.push;

import dev.millrace.ingest.DocumentProducer;
import dev.millrace.ingest.IngestException;
import dev.millrace.ingest.source.DocumentSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Brings the log in step with sources: sends the documents that the journal does not have, writes
 * down what the log acknowledges, and deletes what vanished if asked to. Broken off at any point it
 * may be started again and goes on where it was.
 */
public final class Push {

  private final DocumentProducer producer;
  private final Journal journal;
  private final PushSettings settings;
  private final PushObserver observer;
  private final KnownParts known = new KnownParts();

  public Push(
      DocumentProducer producer, Journal journal, PushSettings settings, PushObserver observer) {
    this.producer = producer;
    this.journal = journal;
    this.settings = settings;
    this.observer = observer;
  }

  /**
   * One pass over all sources, on this thread.
   *
   * @throws IngestException.Unavailable when the log stops answering
   * @throws IngestException.Refused when it takes nothing from us
   * @throws IOException when the journal cannot be kept
   */
  public Tally run(List<? extends DocumentSource> sources) throws IOException {
    return run(sources, settings.force());
  }

  /** The same, whatever the settings say about force. */
  Tally run(List<? extends DocumentSource> sources, boolean force) throws IOException {
    journal.begin();
    var counts = new Counts();
    var shared = new SourcePass.Shared(producer, journal, force, observer, counts, known);
    var passes = new ArrayList<SourcePass>();
    try {
      for (DocumentSource source : sources) {
        var pass = new SourcePass(shared, source.name());
        passes.add(pass);
        source.visit(pass);
      }
      settle(counts);
      passes.forEach(SourcePass::remember);
      if (settings.deleteMissing()) {
        for (SourcePass pass : passes) {
          pass.deleteMissing();
        }
        settle(counts);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } finally {
      journal.flush();
    }
    journal.compact();
    return counts.tally();
  }

  private void settle(Counts counts) {
    counts.rethrow();
    producer.flush(settings.deadline());
    counts.rethrow();
  }
}
