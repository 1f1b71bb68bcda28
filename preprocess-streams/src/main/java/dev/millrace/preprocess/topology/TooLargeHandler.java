package dev.millrace.preprocess.topology;

import dev.millrace.preprocess.document.Reason;
import dev.millrace.preprocess.document.RejectedException;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.ProductionExceptionHandler;

/**
 * A record that the broker refuses for its size. Its transaction is lost and cannot be continued;
 * but the document is remembered, so that after the restart it is rejected and the stream goes on.
 */
public final class TooLargeHandler implements ProductionExceptionHandler {

  /** Setting that holds the {@link KnownFaults} to tell. */
  static final String FAULTS = "millrace.preprocess.known-faults";

  private KnownFaults faults;

  @Override
  public void configure(Map<String, ?> config) {
    faults = (KnownFaults) config.get(FAULTS);
  }

  @Override
  public Response handleError(
      ErrorHandlerContext context, ProducerRecord<byte[], byte[]> record, Exception exception) {
    if (exception instanceof RecordTooLargeException) {
      int size = record.value() == null ? 0 : record.value().length;
      faults.add(
          context.topic(),
          context.partition(),
          context.offset(),
          new RejectedException(
              Reason.TOO_LARGE,
              "the broker takes no record of %,d bytes on %s".formatted(size, record.topic())));
    }
    return Response.fail();
  }
}
