package dev.millrace.ingest.source;

import dev.millrace.contracts.avro.Document;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Everything that a source told its visitor. */
final class Recorded implements Visitor {

  final TreeMap<String, Document> documents = new TreeMap<>();
  final TreeMap<String, Long> fingerprints = new TreeMap<>();
  final List<Fault> faults = new ArrayList<>();
  final List<String> unsettled = new ArrayList<>();
  long progress;

  static Recorded of(DocumentSource source) {
    var recorded = new Recorded();
    source.visit(recorded);
    return recorded;
  }

  @Override
  public void candidate(Candidate candidate) {
    fingerprints.put(candidate.id(), candidate.fingerprint());
    try {
      documents.put(candidate.id(), candidate.load());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void fault(Fault fault) {
    faults.add(fault);
  }

  @Override
  public void unsettled(String id) {
    unsettled.add(id);
  }

  @Override
  public void progress(long bytes) {
    progress += bytes;
  }
}
