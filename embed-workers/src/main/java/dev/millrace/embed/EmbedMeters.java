package dev.millrace.embed;

import dev.millrace.contracts.avro.IndexOutcome;
import dev.millrace.contracts.avro.Indexed;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * What the stage counts: chunks embedded and reused, revisions by outcome, seconds of the model, of
 * bulk requests, from a document's sending to its being indexed (freshness), and from the order to
 * delete one to its being gone (delete age).
 */
final class EmbedMeters {

  private final MeterRegistry registry;
  private final Counter embedded;
  private final Counter reused;
  private final Counter removed;
  private final Timer model;
  private final Timer bulk;
  private final Timer freshness;
  private final Timer deleteAge;

  EmbedMeters(MeterRegistry registry) {
    this.registry = registry;
    this.embedded = registry.counter("millrace_embed_chunks", "vector", "computed");
    this.reused = registry.counter("millrace_embed_chunks", "vector", "reused");
    this.removed = registry.counter("millrace_embed_chunks_removed");
    this.model = registry.timer("millrace_embed_model");
    this.bulk = registry.timer("millrace_embed_bulk");
    this.freshness = age("millrace_embed_freshness");
    this.deleteAge = age("millrace_embed_delete_age");
  }

  private Timer age(String name) {
    return Timer.builder(name).publishPercentiles(0.5, 0.99).register(registry);
  }

  <T> T timeModel(Supplier<T> call) {
    return model.record(call);
  }

  <T> T timeBulk(Supplier<T> call) {
    return bulk.record(call);
  }

  /** To be called once for a revision that this worker wrote. */
  void written(Indexed report) {
    embedded.increment(report.getEmbedded());
    reused.increment(report.getReused());
    removed.increment(report.getRemoved());
    var age = Duration.ofMillis(Math.max(0, report.getIndexedAt() - report.getSentAt()));
    if (report.getOutcome() == IndexOutcome.INDEXED) {
      freshness.record(age);
    } else if (report.getOutcome() == IndexOutcome.DELETED) {
      deleteAge.record(age);
    }
  }

  void reported(IndexOutcome outcome) {
    registry
        .counter("millrace_embed_documents", "outcome", outcome.name().toLowerCase(Locale.ROOT))
        .increment();
  }
}
