package dev.millrace.ingest;

import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Kafka's errors in this module's words: worth another try, or not. */
final class Failures {

  private Failures() {}

  static IngestException of(String topic, String key, Throwable failure) {
    String what = "cannot send " + key + " to topic " + topic + ": ";
    return switch (failure) {
      case IngestException known -> known;
      case RecordTooLargeException e ->
          new IngestException.TooLarge(what + "the broker takes no record of that size", e);
      case AuthenticationException e -> new IngestException.Refused(what + e.getMessage(), e);
      case AuthorizationException e -> new IngestException.Refused(what + e.getMessage(), e);
      case InvalidTopicException e -> new IngestException.Refused(what + e.getMessage(), e);
      case UnknownTopicOrPartitionException e ->
          new IngestException.Refused(what + "there is no such topic", e);
      case RetriableException e ->
          new IngestException.Unavailable(
              what + "Kafka does not answer (" + e.getMessage() + ")", e);
      default -> new IngestException.Refused(what + failure.getMessage(), failure);
    };
  }
}
