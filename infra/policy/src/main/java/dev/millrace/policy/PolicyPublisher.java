package dev.millrace.policy;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.runtime.KafkaSettings;
import dev.millrace.runtime.StageContext;
import java.util.Map;
import org.apache.kafka.clients.producer.Producer;

/**
 * Writes a version to the log inside the caller's transaction: its bytes to {@code policy-weights},
 * then, when the broker has them, its manifest to {@code policy-versions}.
 */
public final class PolicyPublisher {

  private final StageContext context;

  public PolicyPublisher(StageContext context) {
    this.context = context;
  }

  /**
   * Settings of a producer that carries weights. The caller adds its {@code transactional.id} and
   * {@code transaction.timeout.ms}.
   */
  public static Map<String, Object> producerSettings(KafkaSettings kafka, String clientId) {
    return kafka.producer(clientId);
  }

  /**
   * Sends weights and manifest; committing is the caller's. The draft's memory is no longer read
   * when this returns or throws.
   *
   * @param inTransaction made with {@link #producerSettings}, its transaction begun
   * @return the manifest that was sent
   * @throws PolicyException if the draft has a NaN or the broker has not acknowledged in time: the
   *     caller aborts the transaction
   * @throws org.apache.kafka.common.KafkaException as the producer raised it, {@link
   *     org.apache.kafka.common.errors.ProducerFencedException} among them
   */
  public PolicyVersion publish(Producer<byte[], byte[]> inTransaction, PolicyDraft draft) {
    throw new UnsupportedOperationException();
  }
}
