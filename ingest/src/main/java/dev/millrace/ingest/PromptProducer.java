package dev.millrace.ingest;

import dev.millrace.contracts.Topic;
import dev.millrace.contracts.avro.Prompt;
import dev.millrace.contracts.registry.SchemaRegistry;
import dev.millrace.runtime.tracing.Tracing;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Sends prompts to the log. Checks every prompt at this border and bounds what is in flight: a
 * caller faster than Kafka is held back. Safe for any number of threads; records of one id keep the
 * order of the calls.
 */
public final class PromptProducer implements AutoCloseable {

  private static final int ROOM = 64 << 10;

  private final LogProducer<Prompt> log;

  /**
   * @param connection Kafka client properties: {@code bootstrap.servers} and security
   * @param topic the prompts topic, which must exist
   * @param tracing stays its owner's to close
   */
  public PromptProducer(
      Map<String, ?> connection,
      SchemaRegistry registry,
      Topic<Prompt> topic,
      ProducerSettings settings,
      Tracing tracing) {
    this.log =
        new LogProducer<>(
            connection, registry, topic, settings, tracing, PromptRules.MAX_BYTES + ROOM);
  }

  /** A producer that makes no spans. */
  public PromptProducer(
      Map<String, ?> connection,
      SchemaRegistry registry,
      Topic<Prompt> topic,
      ProducerSettings settings) {
    this(connection, registry, topic, settings, Tracing.OFF);
  }

  /** A producer with the default settings, that makes no spans. */
  public PromptProducer(Map<String, ?> connection, SchemaRegistry registry, Topic<Prompt> topic) {
    this(connection, registry, topic, ProducerSettings.DEFAULT);
  }

  /**
   * Sends a prompt, its time of sending set to now. The future fails with an {@link
   * IngestException}; it completes on Kafka's thread, so what depends on it must be short.
   *
   * @throws IngestException.Invalid when the prompt breaks a rule
   * @throws IngestException.TooLarge when it is too large
   * @throws IngestException.Unavailable when it could not be taken on within the deadline
   */
  public CompletableFuture<Receipt> send(Prompt prompt) {
    PromptRules.check(prompt);
    var outgoing = Prompt.newBuilder(prompt).setSentAt(System.currentTimeMillis()).build();
    return log.send(prompt.getId(), outgoing);
  }

  /**
   * Waits until everything sent so far is acknowledged or has failed.
   *
   * @throws IngestException.Unavailable when the deadline passes first
   */
  public void flush(Duration deadline) {
    log.flush(deadline);
  }

  @Override
  public void close() {
    log.close();
  }
}
