package dev.millrace.monitor.action;

import dev.millrace.contracts.avro.ActionKind;
import dev.millrace.contracts.avro.OperatorAction;
import dev.millrace.runtime.KafkaSettings;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Deletes a document and tells who did, in one transaction. */
public final class DocumentDeletion {

  private static final Duration DEADLINE = Duration.ofSeconds(15);

  private final KafkaSettings kafka;
  private final String documents;
  private final OperatorLog log;

  public DocumentDeletion(KafkaSettings kafka, String documents, OperatorLog log) {
    this.kafka = kafka;
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
    Map<String, Object> config = kafka.producer("millrace-delete");
    // A transaction of its own: there is nothing that two deletions could do wrong together.
    config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "millrace-delete-" + UUID.randomUUID());
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, Math.toIntExact(DEADLINE.toMillis()));
    try (var producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      byte[] key = id.getBytes(StandardCharsets.UTF_8);
      RecordMetadata at = await(producer.send(new ProducerRecord<>(documents, key, null)));
      await(producer.send(log.record(action(id, at, actor))));
      producer.commitTransaction();
      return at.offset();
    }
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

  private static <T> T await(java.util.concurrent.Future<T> future) {
    try {
      return future.get(DEADLINE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof KafkaException known ? known : new KafkaException(e.getCause());
    } catch (TimeoutException e) {
      throw new org.apache.kafka.common.errors.TimeoutException(
          "Kafka did not take a record within " + DEADLINE.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }
}
