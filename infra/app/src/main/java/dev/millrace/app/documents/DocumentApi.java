package dev.millrace.app.documents;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.contracts.avro.Document;
import dev.millrace.index.Manifest;
import dev.millrace.ingest.DocumentJson;
import dev.millrace.ingest.DocumentJson.OtherFields;
import dev.millrace.ingest.DocumentProducer;
import dev.millrace.ingest.IngestException;
import dev.millrace.ingest.Receipt;
import dev.millrace.ingest.state.DocumentState;
import dev.millrace.ingest.state.DocumentState.Received;
import dev.millrace.ingest.state.DocumentState.Settled;
import dev.millrace.runtime.RetriableException;
import dev.millrace.serving.Refusal;
import dev.millrace.serving.access.Caller;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What the HTTP resource does, without HTTP: documents in, answers as JSON, errors as {@link
 * Refusal}. An answer to a write is given when the log has acknowledged it.
 */
final class DocumentApi {

  private static final Duration SOON = Duration.ofSeconds(1);

  private final DocumentProducer producer;
  private final Function<String, Optional<DocumentState>> states;
  private final DocumentJson json;
  private final Duration deadline;

  /**
   * @param deadline for the log to acknowledge one document
   */
  DocumentApi(
      DocumentProducer producer,
      Function<String, Optional<DocumentState>> states,
      Duration deadline) {
    this.producer = producer;
    this.states = states;
    this.json = new DocumentJson(producer.rules().maxBytes(), OtherFields.REFUSED);
    this.deadline = deadline;
  }

  /**
   * Takes a document as JSON.
   *
   * @param id from the address; without one, that of the body, or a new one
   */
  ObjectNode put(Optional<String> id, byte[] body) {
    return refusing(
        () -> {
          Document document =
              json.read(body, 0, body.length, () -> id.orElseGet(DocumentApi::newId));
          if (id.isPresent() && !id.get().equals(document.getId())) {
            throw Refusal.invalid(
                "id", "The id in the body differs from the one in the address; leave it out.");
          }
          return accepted(await(producer.send(document)));
        });
  }

  /** Takes a document that was put together from an upload. */
  ObjectNode put(Document document) {
    return refusing(() -> accepted(await(producer.send(document))));
  }

  /**
   * Refuses what is too large before it is read.
   *
   * @throws Refusal 413
   */
  void checkSize(String id, long bytes) {
    refusing(
        () -> {
          producer.rules().checkSize(id, bytes);
          return null;
        });
  }

  static String newId() {
    return UUID.randomUUID().toString();
  }

  ObjectNode delete(String id) {
    return refusing(() -> accepted(await(producer.delete(id))).put("state", "received"));
  }

  /**
   * What has become of a document.
   *
   * @throws Refusal 404 when there is no trace of it, or none that the caller may see
   */
  ObjectNode state(String id, Caller caller) {
    return refusing(
        () ->
            states
                .apply(id)
                .filter(state -> caller.maySee(state.acl()))
                .map(DocumentApi::describe)
                .orElseThrow(() -> Refusal.notFound("id", "There is no document '" + id + "'.")));
  }

  private static ObjectNode accepted(Receipt receipt) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", receipt.id())
        .put("object", "document")
        .put("state", "received")
        .put("revision", receipt.revision())
        .put("partition", receipt.partition());
  }

  private static ObjectNode describe(DocumentState state) {
    ObjectNode node =
        JsonNodeFactory.instance
            .objectNode()
            .put("id", state.id())
            .put("object", "document")
            .put("revision", state.revision());
    switch (state.progress()) {
      case Received received -> {
        node.put("state", "received").put("deletion", received.deletion());
        time(node, "sent_at", received.sentAt());
      }
      case Settled(Manifest manifest) -> describe(manifest, node);
    }
    if (state.pending()) {
      node.put("pending", true);
    }
    return node;
  }

  private static void describe(Manifest manifest, ObjectNode node) {
    switch (manifest.outcome()) {
      case INDEXED ->
          node.put("state", "indexed")
              .put("chunks", manifest.chunks().size())
              .put("embedded", manifest.embedded())
              .put("reused", manifest.reused())
              .put("removed", manifest.removed())
              .put("title", manifest.title())
              .put("uri", manifest.uri())
              .put("content_type", manifest.contentType())
              .put("language", manifest.language());
      case REJECTED ->
          node.put("state", "rejected")
              .put("reason", manifest.reason())
              .put("detail", manifest.detail());
      case DELETED -> node.put("state", "deleted");
    }
    time(node, "sent_at", manifest.sentAt());
    time(node, "processed_at", manifest.processedAt());
    time(node, "indexed_at", manifest.indexedAt());
  }

  private static void time(ObjectNode node, String name, long millis) {
    if (millis > 0) {
      node.put(name, Instant.ofEpochMilli(millis).toString());
    }
  }

  private Receipt await(CompletableFuture<Receipt> receipt) {
    try {
      return receipt.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IngestException known) {
        throw known;
      }
      throw new IllegalStateException(e.getCause());
    } catch (TimeoutException e) {
      throw Refusal.unavailable(
          SOON,
          "Kafka has not acknowledged the document within %d s; it may still arrive."
              .formatted(deadline.toSeconds()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Refusal.unavailable(SOON, "The server is stopping.");
    }
  }

  private static <T> T refusing(Supplier<T> work) {
    try {
      return work.get();
    } catch (IngestException.Invalid e) {
      throw Refusal.invalid(null, e.getMessage());
    } catch (IngestException.TooLarge e) {
      throw Refusal.ofStatus(413, e.getMessage());
    } catch (IngestException | RetriableException e) {
      throw Refusal.unavailable(SOON, e.getMessage());
    }
  }
}
