package dev.millrace.runtime;

import dev.millrace.contracts.Topics;
import dev.millrace.contracts.registry.SchemaRegistry;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Objects;

/** What every stage is built from. The parts are shared: a stage closes none of them. */
public record StageContext(
    Settings settings,
    KafkaSettings kafka,
    Topics topics,
    SchemaRegistry registry,
    MeterRegistry meters) {

  public StageContext {
    Objects.requireNonNull(settings, "settings");
    Objects.requireNonNull(kafka, "kafka");
    Objects.requireNonNull(topics, "topics");
    Objects.requireNonNull(registry, "registry");
    Objects.requireNonNull(meters, "meters");
  }

  /** Reads the shared parts from settings. Opens no connection. */
  public static StageContext of(Settings settings, MeterRegistry meters) {
    return new StageContext(
        settings,
        KafkaSettings.from(settings),
        new Topics(
            settings.text("millrace.topics.prefix", ""),
            settings.integer("millrace.topics.partitions", 1, 10_000)),
        new SchemaRegistry(RegistryConfiguration.from(settings)),
        meters);
  }
}
