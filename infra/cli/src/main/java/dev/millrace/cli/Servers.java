package dev.millrace.cli;

import dev.millrace.runtime.StageContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

/** The servers that a command asks, and what is said when they have no answer. */
final class Servers {

  private Servers() {}

  /** Opens no connection. */
  static StageContext context(Main millrace) {
    return StageContext.of(millrace.servers().settings(), new SimpleMeterRegistry());
  }

  static CommandFailure away(StageContext context, RuntimeException problem) {
    return new CommandFailure(
        "%s; asked at %s: start it with ./millrace up, or name yours with --kafka and --registry"
            .formatted(problem.getMessage(), context.kafka().bootstrap()),
        problem);
  }

  static CommandFailure noTopics(StageContext context) {
    return new CommandFailure(
        "the broker at %s has no topic %s: nothing of Millrace has run there, or under another"
                .formatted(context.kafka().bootstrap(), context.topics().trainingLedger().name())
            + " millrace.topics.prefix");
  }
}
