package dev.millrace.cli;

import dev.millrace.ingest.DocumentProducer;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

/** Producers for commands, from settings. */
final class Producers {

  private Producers() {}

  static DocumentProducer documents(Settings settings) {
    StageContext context = StageContext.of(settings, new SimpleMeterRegistry());
    return new DocumentProducer(
        context.kafka().client("millrace-cli"), context.registry(), context.topics().documents());
  }
}
