package dev.millrace.ingest;

import dev.millrace.contracts.Topic;
import dev.millrace.contracts.avro.Document;
import dev.millrace.contracts.registry.SchemaRegistry;
import dev.millrace.runtime.tracing.Tracing;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/**
 * Sends documents to the log and deletes them from it. Checks every document at this border, finds
 * its content type where none is declared, and bounds what is in flight: a caller faster than Kafka
 * is held back. Safe for any number of threads; records of one id keep the order of the calls.
 */
public final class DocumentProducer implements AutoCloseable {

  private final DocumentRules rules;
  private final ContentTypes contentTypes = new ContentTypes();
  private final LogProducer<Document> log;
  private final Destinations destinations;

  /**
   * @param connection Kafka client properties: {@code bootstrap.servers} and security
   * @param topic the documents topic, which must exist
   * @param tracing stays its owner's to close
   */
  public DocumentProducer(
      Map<String, ?> connection,
      SchemaRegistry registry,
      Topic<Document> topic,
      DocumentRules rules,
      ProducerSettings settings,
      Tracing tracing) {
    this.rules = Objects.requireNonNull(rules, "rules");
    int room = DocumentRules.MAX_ATTRIBUTE_BYTES + (64 << 10);
    this.log =
        new LogProducer<>(connection, registry, topic, settings, tracing, rules.maxBytes() + room);
    this.destinations = new Destinations(connection, topic.name(), settings.admission());
  }

  /** A producer that makes no spans. */
  public DocumentProducer(
      Map<String, ?> connection,
      SchemaRegistry registry,
      Topic<Document> topic,
      DocumentRules rules,
      ProducerSettings settings) {
    this(connection, registry, topic, rules, settings, Tracing.OFF);
  }

  /** A producer with the default rules and settings, that makes no spans. */
  public DocumentProducer(
      Map<String, ?> connection, SchemaRegistry registry, Topic<Document> topic) {
    this(connection, registry, topic, new DocumentRules(), ProducerSettings.DEFAULT);
  }

  /** The rules that documents are held to. */
  public DocumentRules rules() {
    return rules;
  }

  /**
   * Sends a document. The future fails with an {@link IngestException}; it completes on Kafka's
   * thread, so what depends on it must be short.
   *
   * @throws IngestException.Invalid when the document breaks a rule
   * @throws IngestException.TooLarge when it is too large
   * @throws IngestException.Unavailable when it could not be taken on within the deadline
   */
  public CompletableFuture<Receipt> send(Document document) {
    rules.check(document);
    String contentType = document.getContentType();
    if (contentType == null || contentType.isBlank()) {
      contentType = contentTypes.detect(document.getContent(), document.getFileName());
    }
    // Not through Avro's builder: that copies the content.
    var outgoing =
        new Document(
            document.getId(),
            document.getContent(),
            contentType,
            document.getFileName(),
            document.getTitle(),
            document.getUri(),
            document.getMetadata(),
            document.getAcl(),
            System.currentTimeMillis());
    return log.send(document.getId(), outgoing);
  }

  /** Deletes a document; an id that the log does not know is no error. Fails as {@link #send}. */
  public CompletableFuture<Receipt> delete(String id) {
    DocumentRules.checkId(id);
    return log.send(id, null);
  }

  /**
   * The log that this producer writes to.
   *
   * @throws IngestException.Unavailable when Kafka does not answer
   * @throws IngestException.Refused when the topic does not exist
   */
  public Destination destination() {
    return destinations.find();
  }

  /**
   * Waits until everything sent so far is acknowledged or has failed.
   *
   * @throws IngestException.Unavailable when the deadline passes first
   */
  public void flush(Duration deadline) {
    log.flush(deadline);
  }

  /** Delivers what is in flight within the deadline and fails the rest. */
  public void close(Duration deadline) {
    log.close(deadline);
  }

  @Override
  public void close() {
    log.close();
  }
}
