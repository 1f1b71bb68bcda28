package dev.millrace.runtime;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/**
 * A record that could not be processed: where it came from, why it failed, and its bytes. Sent
 * again to its origin after the cause is gone, it goes through as if nothing had been.
 *
 * @param origin topic it was read from
 * @param partition of the origin
 * @param offset in the origin
 * @param key as it was, may be null
 * @param value as it was, may be null
 * @param stage name of the stage that gave up
 * @param reason code, lower case with hyphens, for counting
 * @param error one line for a person
 */
public record DeadLetter(
    String origin,
    int partition,
    long offset,
    byte[] key,
    byte[] value,
    String stage,
    String reason,
    String error) {

  public static final String ORIGIN = "mr-origin-topic";
  public static final String PARTITION = "mr-origin-partition";
  public static final String OFFSET = "mr-origin-offset";
  public static final String STAGE = "mr-stage";
  public static final String REASON = "mr-reason";
  public static final String ERROR = "mr-error";

  private static final int LONGEST_ERROR = 2_000;

  public DeadLetter {
    Objects.requireNonNull(origin, "origin");
    Objects.requireNonNull(stage, "stage");
    Objects.requireNonNull(reason, "reason");
    error = error == null ? "" : error.lines().findFirst().orElse("");
    error = error.substring(0, Math.min(LONGEST_ERROR, error.length()));
  }

  /** The headers of the dead letter, after those that the record had. */
  public Headers headers(Headers original) {
    var headers = new RecordHeaders(original.toArray());
    put(headers, ORIGIN, origin);
    put(headers, PARTITION, String.valueOf(partition));
    put(headers, OFFSET, String.valueOf(offset));
    put(headers, STAGE, stage);
    put(headers, REASON, reason);
    put(headers, ERROR, error);
    return headers;
  }

  private static void put(Headers headers, String name, String value) {
    headers.remove(name); // a dead letter that failed again tells of its last failure
    headers.add(name, value.getBytes(StandardCharsets.UTF_8));
  }

  /** Reads one of the headers above; empty when it is not there. */
  public static String header(Headers headers, String name) {
    Header header = headers.lastHeader(name);
    return header == null || header.value() == null
        ? ""
        : new String(header.value(), StandardCharsets.UTF_8);
  }
}
