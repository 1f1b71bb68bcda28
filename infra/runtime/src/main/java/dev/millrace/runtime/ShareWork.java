package dev.millrace.runtime;

import dev.millrace.contracts.WireFormatException;
import dev.millrace.contracts.registry.RegistryException;
import dev.millrace.runtime.tracing.Tracing;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Scope;
import java.time.Duration;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done with one record of a share group, from its bytes to a verdict. Runs on a thread of
 * its own for each record.
 */
final class ShareWork<V> {

  /** What the broker is told. */
  enum Verdict {
    /** Done; never delivered again. */
    ACCEPTED,
    /** Given up with a dead letter; never delivered again. */
    REJECTED,
    /** For another try, here or elsewhere. */
    RELEASED
  }

  private static final Logger LOG = LoggerFactory.getLogger(ShareWork.class);
  private static final Duration FIRST_WAIT = Duration.ofMillis(100);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

  private final String stage;
  private final ShareSettings settings;
  private final ConsumerLoop.Decoder<V> decoder;
  private final ShareLoop.Handler<V> handler;
  private final DeadLetters deadLetters;
  private final Tracing tracing;
  private final Consumer<StageHealth> health;

  ShareWork(
      String stage,
      ShareSettings settings,
      ConsumerLoop.Decoder<V> decoder,
      ShareLoop.Handler<V> handler,
      DeadLetters deadLetters,
      Tracing tracing,
      Consumer<StageHealth> health) {
    this.stage = stage;
    this.settings = settings;
    this.decoder = decoder;
    this.handler = handler;
    this.deadLetters = deadLetters;
    this.tracing = tracing;
    this.health = health;
  }

  /**
   * @param held false when the record is no longer ours
   */
  Verdict work(ConsumerRecord<byte[], byte[]> record, BooleanSupplier held) {
    Span span = tracing.process(stage, record).startSpan();
    try (Scope current = span.makeCurrent()) {
      Verdict verdict = untilDone(record, held);
      if (verdict == Verdict.RELEASED) {
        span.setStatus(StatusCode.ERROR, "given back for another try");
      }
      return verdict;
    } finally {
      span.end();
    }
  }

  private Verdict untilDone(ConsumerRecord<byte[], byte[]> record, BooleanSupplier held) {
    var backoff = new Backoff(FIRST_WAIT, LONGEST_WAIT);
    long end = System.nanoTime() + settings.patience().toNanos();
    while (true) {
      try {
        Verdict verdict = attempt(record, held);
        if (verdict != Verdict.RELEASED) {
          health.accept(new StageHealth.Ready());
        }
        return verdict;
      } catch (RetriableException
          | RegistryException.Unavailable
          | org.apache.kafka.common.errors.RetriableException e) {
        health.accept(new StageHealth.Degraded(e.getMessage()));
        Tracing.heldUp(Span.current(), e.getMessage());
        Duration wait = backoff.next();
        if (!held.getAsBoolean() || System.nanoTime() + wait.toNanos() > end) {
          LOG.warn("released stage={} origin={} error=\"{}\"", stage, at(record), e.getMessage());
          return Verdict.RELEASED;
        }
        if (!sleep(wait)) {
          return Verdict.RELEASED;
        }
      } catch (InterruptedException | InterruptException e) {
        return Verdict.RELEASED; // the loop is being closed, or the record was lost
      }
    }
  }

  private Verdict attempt(ConsumerRecord<byte[], byte[]> record, BooleanSupplier held)
      throws InterruptedException {
    int deliveries = record.deliveryCount().map(Short::intValue).orElse(1);
    ShareDelivery<V> delivery;
    try {
      if (record.value() == null) {
        return bury(record, "empty-record", "the record has no value");
      }
      delivery = new ShareDelivery<>(record, decoder.decode(record.value()), deliveries, held);
    } catch (WireFormatException e) {
      String reason = e.reason().name().toLowerCase(Locale.ROOT).replace('_', '-');
      return bury(record, reason, e.getMessage());
    }
    if (deliveries > settings.maxDeliveries()) {
      return giveUp(
          delivery,
          "delivered-too-often",
          "tried %d times, and no worker finished it".formatted(deliveries - 1));
    }
    return handle(delivery);
  }

  private Verdict handle(ShareDelivery<V> delivery) throws InterruptedException {
    try {
      handler.handle(delivery);
      return Verdict.ACCEPTED;
    } catch (RetriableException
        | RegistryException.Unavailable
        | org.apache.kafka.common.errors.RetriableException
        | InterruptException e) {
      throw e;
    } catch (PoisonedRecordException e) {
      return giveUp(delivery, e.reason(), e.getMessage());
    } catch (RuntimeException | LinkageError | StackOverflowError | OutOfMemoryError e) {
      // This worker's own fault perhaps: another one may manage.
      if (delivery.deliveryCount() >= settings.maxDeliveries()) {
        return giveUp(delivery, "processor-failed", e.toString());
      }
      LOG.warn(
          "released stage={} origin={} delivery={} error=\"{}\"",
          stage,
          at(delivery.record()),
          delivery.deliveryCount(),
          e.toString());
      return Verdict.RELEASED;
    }
  }

  private Verdict giveUp(ShareDelivery<V> delivery, String reason, String error)
      throws InterruptedException {
    handler.giveUp(delivery, reason, error);
    return bury(delivery.record(), reason, error);
  }

  private Verdict bury(ConsumerRecord<byte[], byte[]> record, String reason, String error) {
    Span.current().setStatus(StatusCode.ERROR, reason);
    deadLetters.write(
        new DeadLetter(
            record.topic(),
            record.partition(),
            record.offset(),
            record.key(),
            record.value(),
            stage,
            reason,
            error),
        record.headers());
    return Verdict.REJECTED;
  }

  private static boolean sleep(Duration wait) {
    try {
      Thread.sleep(wait);
      return true;
    } catch (InterruptedException e) {
      return false;
    }
  }

  private static String at(ConsumerRecord<?, ?> record) {
    return record.topic() + "-" + record.partition() + "@" + record.offset();
  }
}
