package dev.millrace.ingest.state;

import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Topics;
import dev.millrace.contracts.WireFormatException;
import dev.millrace.contracts.avro.ChunkedDocument;
import dev.millrace.contracts.avro.Document;
import dev.millrace.contracts.registry.SchemaRegistry;
import dev.millrace.index.Manifest;
import dev.millrace.ingest.IngestException;
import dev.millrace.ingest.state.DocumentState.Received;
import dev.millrace.ingest.state.DocumentState.Settled;
import dev.millrace.runtime.KafkaSettings;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Answers what has become of a document without keeping anything: documents on their way are looked
 * for where they are, in the unprocessed ends of {@code documents} and {@code chunks}; the rest is
 * in the index. The three are asked in the order of the stream, so that a document which moves on
 * meanwhile is met at its next place. Safe for any number of threads.
 */
public final class DocumentStates implements AutoCloseable {

  /**
   * The groups whose committed offsets tell how far the stream has come.
   *
   * @param preprocess reads {@code documents}
   * @param embed reads {@code chunks}; another one for every generation of the index
   */
  public record Groups(Supplier<String> preprocess, Supplier<String> embed) {}

  private static final Duration CLOSE = Duration.ofSeconds(1);

  private final Groups groups;
  private final Manifests manifests;
  private final AvroSerde<Document> documentSerde;
  private final AvroSerde<ChunkedDocument> chunkSerde;
  private final Admin admin;
  private final LogTail documents;
  private final LogTail chunks;

  public DocumentStates(
      KafkaSettings kafka,
      SchemaRegistry registry,
      Topics topics,
      Groups groups,
      Manifests manifests,
      ScanBounds bounds) {
    this.groups = groups;
    this.manifests = manifests;
    this.documentSerde = new AvroSerde<>(registry, topics.documents());
    this.chunkSerde = new AvroSerde<>(registry, topics.chunks());
    this.admin = Admin.create(kafka.admin("millrace-states-admin"));
    var reader = kafka.reader("millrace-states");
    this.documents = new LogTail(reader, admin, topics.documents().name(), bounds);
    this.chunks = new LogTail(reader, admin, topics.chunks().name(), bounds);
  }

  /**
   * The newest state of a document; empty when there is no trace of it.
   *
   * @throws IngestException.Unavailable when Kafka does not answer
   * @throws dev.millrace.runtime.RetriableException when the index does not answer
   */
  public Optional<DocumentState> find(String id) {
    LogTail.Found sent = documents.find(groups.preprocess().get(), id);
    if (sent.newest().isPresent()) {
      return Optional.of(received(id, sent.newest().get(), !sent.complete()));
    }
    LogTail.Found chunked = chunks.find(groups.embed().get(), id);
    boolean pending = !sent.complete() || !chunked.complete();
    Optional<DocumentState> underWay = chunked.newest().flatMap(r -> chunked(id, r, pending));
    Optional<DocumentState> settled = manifests.find(id).map(m -> settled(id, m, pending));
    // The group commits after it has written: the index may be ahead of the log's open end.
    return underWay
        .filter(way -> settled.isEmpty() || settled.get().revision() < way.revision())
        .or(() -> settled);
  }

  private DocumentState received(
      String id, ConsumerRecord<byte[], byte[]> record, boolean pending) {
    if (record.value() == null) {
      return new DocumentState(id, record.offset(), pending, indexedAcl(id), new Received(true, 0));
    }
    try {
      Document document = documentSerde.read(record.value());
      return new DocumentState(
          id,
          record.offset(),
          pending,
          List.copyOf(document.getAcl()),
          new Received(false, document.getSentAt()));
    } catch (WireFormatException e) {
      // It will become a dead letter; nobody but its sender knows that it exists.
      return new DocumentState(id, record.offset(), pending, List.of(), new Received(false, 0));
    }
  }

  private Optional<DocumentState> chunked(
      String id, ConsumerRecord<byte[], byte[]> record, boolean pending) {
    if (record.value() == null) {
      return Optional.empty();
    }
    try {
      ChunkedDocument chunked = chunkSerde.read(record.value());
      boolean deletion = chunked.getOutcome() == dev.millrace.contracts.avro.ChunkOutcome.DELETED;
      return Optional.of(
          new DocumentState(
              id,
              chunked.getRevision(),
              pending,
              deletion ? indexedAcl(id) : List.copyOf(chunked.getAcl()),
              new Received(deletion, chunked.getSentAt())));
    } catch (WireFormatException e) {
      return Optional.empty();
    }
  }

  private static DocumentState settled(String id, Manifest manifest, boolean pending) {
    return new DocumentState(
        id, manifest.revision(), pending, acl(manifest), new Settled(manifest));
  }

  // A deletion names no principals: who could see the document may see it go.
  private List<String> indexedAcl(String id) {
    return manifests.find(id).map(DocumentStates::acl).orElse(List.of());
  }

  private static List<String> acl(Manifest manifest) {
    return manifest.acl().contains(dev.millrace.index.Acl.PUBLIC) ? List.of() : manifest.acl();
  }

  @Override
  public void close() {
    documents.close();
    chunks.close();
    admin.close(CLOSE);
  }
}
