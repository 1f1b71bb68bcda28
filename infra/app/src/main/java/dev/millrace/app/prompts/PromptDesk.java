package dev.millrace.app.prompts;

import dev.millrace.ingest.ProducerSettings;
import dev.millrace.ingest.PromptProducer;
import dev.millrace.runtime.StageContext;
import dev.millrace.runtime.tracing.Tracing;
import dev.millrace.serving.ServingSettings;
import dev.millrace.serving.access.Gatekeeper;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Duration;

/** The connection behind the prompts resource, opened at the first request. */
@Singleton
class PromptDesk {

  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private record Open(PromptApi api, Gatekeeper gatekeeper, PromptProducer producer) {}

  private final StageContext context;
  private Open open;

  PromptDesk(StageContext context) {
    this.context = context;
  }

  PromptApi api() {
    return open().api();
  }

  Gatekeeper gatekeeper() {
    return open().gatekeeper();
  }

  Tracing tracing() {
    return context.tracing();
  }

  private synchronized Open open() {
    if (open == null) {
      ServingSettings serving = ServingSettings.from(context.settings());
      var producer =
          new PromptProducer(
              context.kafka().client("millrace-http-prompts"),
              context.registry(),
              context.topics().prompts(),
              ProducerSettings.DEFAULT.within(DEADLINE),
              context.tracing());
      open =
          new Open(
              new PromptApi(producer, DEADLINE.plusSeconds(1)), serving.gatekeeper(), producer);
    }
    return open;
  }

  @PreDestroy
  synchronized void close() {
    if (open != null) {
      open.producer().close();
      open = null;
    }
  }
}
