package dev.millrace.monitor.action;

import dev.millrace.contracts.avro.ActionKind;
import dev.millrace.contracts.avro.OperatorAction;
import dev.millrace.runtime.KafkaSettings;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;

/** Deletes a document and tells who did, in one transaction. */
public final class DocumentDeletion {

  private final Transaction transaction;
  private final String documents;
  private final OperatorLog log;

  public DocumentDeletion(KafkaSettings kafka, String documents, OperatorLog log) {
    this.transaction = new Transaction(kafka, "millrace-delete");
    this.documents = documents;
    this.log = log;
  }

  /**
   * Orders the deletion of a document; the stream does it.
   *
   * @return revision of the order
   * @throws KafkaException when the log does not take it; then nothing was ordered
   */
  public long delete(String id, Actor actor) {
    var revision = new AtomicLong();
    byte[] key = id.getBytes(StandardCharsets.UTF_8);
    transaction.run(
        sending -> {
          RecordMetadata at = sending.send(new ProducerRecord<>(documents, key, null));
          sending.send(log.record(action(id, at, actor)));
          revision.set(at.offset());
        });
    return revision.get();
  }

  private static OperatorAction action(String id, RecordMetadata at, Actor actor) {
    return new OperatorAction(
        "delete/" + id + "/" + at.partition() + "/" + at.offset(),
        ActionKind.DELETE,
        actor.name(),
        actor.via(),
        id,
        at.topic(),
        at.partition(),
        at.offset(),
        Map.of(),
        System.currentTimeMillis());
  }
}
