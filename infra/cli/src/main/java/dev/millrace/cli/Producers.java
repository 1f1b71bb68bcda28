package dev.millrace.cli;

import dev.millrace.ingest.DocumentProducer;
import dev.millrace.ingest.DocumentRules;
import dev.millrace.ingest.ProducerSettings;
import dev.millrace.ingest.PromptProducer;
import dev.millrace.runtime.StageContext;

/** Producers for commands. */
final class Producers {

  private Producers() {}

  static DocumentProducer documents(StageContext context) {
    return new DocumentProducer(
        context.kafka().client("millrace-cli"),
        context.registry(),
        context.topics().documents(),
        new DocumentRules(),
        ProducerSettings.DEFAULT,
        context.tracing());
  }

  static PromptProducer prompts(StageContext context) {
    return new PromptProducer(
        context.kafka().client("millrace-cli"),
        context.registry(),
        context.topics().prompts(),
        ProducerSettings.DEFAULT,
        context.tracing());
  }
}
