package dev.millrace.ingest.push;

import dev.millrace.contracts.avro.Document;
import dev.millrace.ingest.DocumentProducer;
import dev.millrace.ingest.IngestException;
import dev.millrace.ingest.Receipt;
import dev.millrace.ingest.source.Candidate;
import dev.millrace.ingest.source.Fault;
import dev.millrace.ingest.source.Visitor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One pass over one source, or over a part of it: judges every candidate and sends what the log
 * does not have.
 */
final class SourcePass implements Visitor {

  /** What all passes of one push share. */
  record Shared(
      DocumentProducer producer,
      Journal journal,
      boolean force,
      PushObserver observer,
      Counts counts,
      KnownParts known) {}

  private static final String PART = "!";

  private final Shared shared;
  private final String name;
  private final int number;
  private final boolean isPart;
  private final List<SourcePass> parts = new ArrayList<>();
  private boolean complete = true;
  private long fingerprint;

  SourcePass(Shared shared, String name) {
    this(shared, name, false);
  }

  private SourcePass(Shared shared, String name, boolean isPart) {
    this.shared = shared;
    this.name = name;
    this.number = shared.journal().source(name);
    this.isPart = isPart;
  }

  @Override
  public void candidate(Candidate candidate) {
    shared.counts().rethrow();
    if (shared.journal().meet(candidate.id()) && !candidate.mayRepeat()) {
      String reason =
          "the id '%s' was given to another document of this push; use --id-prefix"
              .formatted(candidate.id());
      report(new Fault(candidate.origin(), reason, Optional.of(candidate.id())));
      return;
    }
    if (!shared.force()
        && shared.journal().isCurrent(candidate.id(), candidate.fingerprint(), number)) {
      shared.counts().unchanged.incrementAndGet();
      return;
    }
    try {
      read(candidate);
    } catch (IngestException.Invalid | IngestException.TooLarge e) {
      refused(candidate, e);
    } catch (IOException e) {
      refused(candidate, e);
    }
  }

  private void read(Candidate candidate) throws IOException {
    long print = candidate.fingerprint();
    Document document = candidate.load();
    Digest content = Digest.of(document);
    if (!shared.force() && shared.journal().isCurrent(candidate.id(), content)) {
      shared.journal().sent(candidate.id(), content, print, number);
      shared.counts().unchanged.incrementAndGet();
      return;
    }
    long size = document.getContent().remaining();
    shared
        .producer()
        .send(document)
        .whenComplete((receipt, failure) -> acknowledged(candidate, content, print, size, failure));
  }

  // On Kafka's thread.
  private void acknowledged(
      Candidate candidate, Digest content, long print, long size, Throwable failure) {
    switch (failure) {
      case null -> {
        try {
          shared.journal().sent(candidate.id(), content, print, number);
          shared.counts().sent.incrementAndGet();
          shared.counts().bytes.addAndGet(size);
        } catch (RuntimeException e) {
          shared.counts().fail(e); // the journal cannot be written: the push must end
        }
      }
      case IngestException.Invalid e -> refused(candidate, e);
      case IngestException.TooLarge e -> refused(candidate, e);
      case RuntimeException e -> shared.counts().fail(e);
      default -> shared.counts().fail(new IllegalStateException(failure));
    }
  }

  private void refused(Candidate candidate, Exception e) {
    report(new Fault(candidate.origin(), e.getMessage(), Optional.of(candidate.id())));
  }

  private void report(Fault fault) {
    shared.counts().faults.incrementAndGet();
    shared.observer().fault(fault);
  }

  @Override
  public void fault(Fault fault) {
    fault.id().ifPresentOrElse(shared.journal()::meet, () -> complete = false);
    report(fault);
  }

  @Override
  public void unsettled(String id) {
    shared.counts().unsettled.incrementAndGet();
    shared.journal().meet(id);
    complete &= !isPart;
  }

  @Override
  public Visitor part(String id) {
    var part = new SourcePass(shared, name + PART + id, true);
    parts.add(part);
    return part;
  }

  @Override
  public boolean knows(long print) {
    fingerprint = print;
    boolean known = !shared.force() && shared.known().has(name, print);
    if (known) {
      complete = false; // nothing of it was met, so nothing of it is missing
    }
    return known;
  }

  @Override
  public void folder(Path folder) {
    shared.observer().folder(folder);
  }

  @Override
  public void progress(long bytes) {
    shared.observer().progress(bytes, shared.counts().tally());
  }

  /** Remembers the parts that were read to their end; call when all is acknowledged. */
  void remember() {
    parts.stream()
        .filter(part -> part.complete)
        .forEach(part -> shared.known().put(part.name, part.fingerprint));
  }

  /** Deletes what this source offered once and did not offer in this pass. */
  void deleteMissing() throws IOException {
    if (!complete) {
      shared
          .observer()
          .note("nothing of " + name + " is deleted, because not all of it could be read");
      return;
    }
    delete(number);
    for (SourcePass part : parts) {
      if (part.complete) {
        delete(part.number);
      }
    }
    var vanished = shared.journal().sourcesNamed(name + PART);
    parts.forEach(part -> vanished.remove(part.name));
    for (int gone : vanished.values()) {
      delete(gone);
    }
  }

  private void delete(int source) throws IOException {
    shared.journal().forEachMissing(source, this::delete);
  }

  private void delete(String id) {
    shared.counts().rethrow();
    shared.producer().delete(id).whenComplete((receipt, failure) -> deleted(receipt, failure));
  }

  // On Kafka's thread.
  private void deleted(Receipt receipt, Throwable failure) {
    try {
      if (failure != null) {
        shared.counts().fail(new IngestException.Unavailable(failure.getMessage(), failure));
      } else {
        shared.journal().deleted(receipt.id());
        shared.counts().deleted.incrementAndGet();
      }
    } catch (RuntimeException e) {
      shared.counts().fail(e); // the journal cannot be written: the push must end
    }
  }
}
