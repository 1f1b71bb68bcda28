package dev.millrace.runtime;

import dev.millrace.contracts.Topics;
import dev.millrace.contracts.registry.SchemaRegistry;
import dev.millrace.runtime.control.StageControls;
import dev.millrace.runtime.tracing.Tracing;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Objects;

/**
 * What every stage is built from. The parts are shared: a stage closes none of them.
 *
 * @param controls which stages are paused; listens only where the process was told to
 * @param tracing where spans go
 */
public record StageContext(
    Settings settings,
    KafkaSettings kafka,
    Topics topics,
    SchemaRegistry registry,
    MeterRegistry meters,
    StageControls controls,
    Tracing tracing) {

  public StageContext {
    Objects.requireNonNull(settings, "settings");
    Objects.requireNonNull(kafka, "kafka");
    Objects.requireNonNull(topics, "topics");
    Objects.requireNonNull(registry, "registry");
    Objects.requireNonNull(meters, "meters");
    Objects.requireNonNull(controls, "controls");
    Objects.requireNonNull(tracing, "tracing");
  }

  /** With gates that are open until it is told to listen, and traces as the settings want them. */
  public StageContext(
      Settings settings,
      KafkaSettings kafka,
      Topics topics,
      SchemaRegistry registry,
      MeterRegistry meters) {
    this(
        settings,
        kafka,
        topics,
        registry,
        meters,
        new StageControls(kafka, registry, topics.stageControls()),
        Tracing.from(settings));
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

  /** The same with spans that go elsewhere. */
  public StageContext with(Tracing other) {
    return new StageContext(settings, kafka, topics, registry, meters, controls, other);
  }
}
