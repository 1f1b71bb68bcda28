package dev.millrace.preprocess;

import dev.millrace.models.embedding.TokenCounter;
import dev.millrace.preprocess.chunk.Chunker;
import dev.millrace.preprocess.clean.Cleaner;
import dev.millrace.preprocess.parse.ContainedParser;
import dev.millrace.preprocess.topology.DocumentPipeline;
import dev.millrace.preprocess.topology.PreprocessMetrics;
import dev.millrace.preprocess.topology.PreprocessParts;
import dev.millrace.preprocess.topology.PreprocessTopology;
import dev.millrace.preprocess.topology.RegistryPatience;
import dev.millrace.preprocess.topology.StreamSupervisor;
import dev.millrace.runtime.SettingsException;
import dev.millrace.runtime.Stage;
import dev.millrace.runtime.StageContext;
import dev.millrace.runtime.StageHealth;
import java.time.Clock;
import java.time.Duration;

/** Documents in, chunk lists out: parses, cleans and chunks, exactly once. */
public final class PreprocessStage implements Stage {

  private final ContainedParser parser;
  private final StreamSupervisor supervisor;

  /**
   * Opens no connection.
   *
   * @param tokens counts as the embedding model does
   * @throws SettingsException when a setting is wrong
   */
  public PreprocessStage(StageContext context, TokenCounter tokens) {
    var settings = PreprocessSettings.from(context.settings());
    Cleaner cleaner;
    try {
      cleaner = new Cleaner(settings.cleaning());
    } catch (IllegalArgumentException e) {
      throw new SettingsException("millrace.preprocess." + e.getMessage());
    }
    parser =
        new ContainedParser(
            settings.limits(), settings.stream().threads(), settings.parserHeapMiB());
    var metrics = new PreprocessMetrics(context.meters());
    var pipeline =
        new DocumentPipeline(
            parser, cleaner, new Chunker(settings.chunking(), tokens), metrics, Clock.systemUTC());
    supervisor =
        new StreamSupervisor(
            context,
            settings.stream(),
            new PreprocessParts(
                pipeline,
                new RegistryPatience(settings.registryPatience()),
                metrics,
                context.tracing(),
                settings.maxRecordBytes()),
            context.settings().text("millrace.instance"));
  }

  @Override
  public String name() {
    return PreprocessTopology.STAGE;
  }

  @Override
  public void start() {
    supervisor.start();
  }

  @Override
  public StageHealth health() {
    return supervisor.health();
  }

  @Override
  public boolean drain(Duration deadline) {
    return supervisor.drain(deadline);
  }

  @Override
  public void close() {
    supervisor.close();
    parser.close(); // last: a document in hand may need it
  }
}
