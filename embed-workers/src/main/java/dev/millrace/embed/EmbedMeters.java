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
 * bulk requests, and from a document's sending to its being indexed (freshness).
 */
final class EmbedMeters {

  private final MeterRegistry registry;
  private final Counter embedded;
  private final Counter reused;
  private final Counter removed;
  private final Timer model;
  private final Timer bulk;
  private final Timer freshness;

  EmbedMeters(MeterRegistry registry) {
    this.registry = registry;
    this.embedded = registry.counter("millrace_embed_chunks", "vector", "computed");
    this.reused = registry.counter("millrace_embed_chunks", "vector", "reused");
    this.removed = registry.counter("millrace_embed_chunks_removed");
    this.model = registry.timer("millrace_embed_model");
    this.bulk = registry.timer("millrace_embed_bulk");
    this.freshness = registry.timer("millrace_embed_freshness");
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
    freshness.record(Duration.ofMillis(Math.max(0, report.getIndexedAt() - report.getSentAt())));
  }

  void reported(IndexOutcome outcome) {
    registry
        .counter("millrace_embed_documents", "outcome", outcome.name().toLowerCase(Locale.ROOT))
        .increment();
  }
}
