package dev.millrace.monitor.trace;

import dev.millrace.monitor.scan.LogScan;
import dev.millrace.monitor.scan.ScanLimit;
import dev.millrace.runtime.StageContext;
import java.util.Optional;

/** Follows one document or one task through all topics. Safe for any number of threads. */
public final class Tracer implements AutoCloseable {

  private final LogScan scan;
  private final DocumentTrace documents;
  private final TaskTrace tasks;

  private Tracer(LogScan scan, DocumentTrace documents, TaskTrace tasks) {
    this.scan = scan;
    this.documents = documents;
    this.tasks = tasks;
  }

  public static Tracer open(StageContext context) {
    var scan = new LogScan(context.kafka().reader("millrace-trace"));
    return new Tracer(
        scan,
        new DocumentTrace(scan, context.registry(), context.topics(), ScanLimit.INTERACTIVE),
        new TaskTrace(scan, context.registry(), context.topics(), ScanLimit.INTERACTIVE));
  }

  /**
   * The newest revisions of a document, and what became of them.
   *
   * @throws org.apache.kafka.common.KafkaException when Kafka does not answer
   */
  public Trace document(String id) {
    return documents.of(id);
  }

  /**
   * The chunks of a document's newest revision that has any; empty for one that has none.
   *
   * @throws org.apache.kafka.common.KafkaException when Kafka does not answer
   */
  public Optional<DocumentChunks> chunks(String id) {
    return documents.chunks(id);
  }

  /**
   * A task from its issue to its place in a training step.
   *
   * @throws org.apache.kafka.common.KafkaException when Kafka does not answer
   */
  public Trace task(String id) {
    return tasks.of(id);
  }

  @Override
  public void close() {
    scan.close();
  }
}
