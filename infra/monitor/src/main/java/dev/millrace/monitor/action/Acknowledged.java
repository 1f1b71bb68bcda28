package dev.millrace.monitor.action;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;

/** Where a record lies that was sent. */
public final class Acknowledged {

  private Acknowledged() {}

  /**
   * Waits until the log has it.
   *
   * @throws KafkaException when the log does not take it, or not within {@code deadline}
   */
  public static RecordMetadata within(Duration deadline, Future<RecordMetadata> sent) {
    try {
      return sent.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof KafkaException known ? known : new KafkaException(e.getCause());
    } catch (TimeoutException e) {
      throw new org.apache.kafka.common.errors.TimeoutException(
          "Kafka did not take a record within " + deadline.toSeconds() + " s", e);
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }
}
