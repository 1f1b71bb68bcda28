package dev.millrace.app.documents;

import dev.millrace.contracts.Topics;
import dev.millrace.index.IndexSettings;
import dev.millrace.index.OpenSearchConnection;
import dev.millrace.index.OpenSearchSettings;
import dev.millrace.ingest.DocumentProducer;
import dev.millrace.ingest.DocumentRules;
import dev.millrace.ingest.ProducerSettings;
import dev.millrace.ingest.state.DocumentStates;
import dev.millrace.ingest.state.LiveIndex;
import dev.millrace.ingest.state.ScanBounds;
import dev.millrace.preprocess.topology.StreamSettings;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import dev.millrace.runtime.tracing.Tracing;
import dev.millrace.serving.ServingSettings;
import dev.millrace.serving.access.Gatekeeper;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Duration;

/**
 * The connections behind the documents resource, opened at the first request: a process that is
 * never asked about documents opens none.
 */
@Singleton
class DocumentDesk {

  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private record Open(
      DocumentApi api,
      Gatekeeper gatekeeper,
      DocumentProducer producer,
      DocumentStates states,
      OpenSearchConnection index) {}

  private final StageContext context;
  private Open open;

  DocumentDesk(StageContext context) {
    this.context = context;
  }

  DocumentApi api() {
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
      open = connect(context);
    }
    return open;
  }

  private static Open connect(StageContext context) {
    Settings settings = context.settings();
    Topics topics = context.topics();
    ServingSettings serving = ServingSettings.from(settings);
    IndexSettings indices = IndexSettings.from(settings);
    var rules = new DocumentRules(settings.integer("millrace.documents.max-bytes", 1, 30 << 20));
    OpenSearchConnection connection = OpenSearchConnection.open(OpenSearchSettings.from(settings));
    var index = new LiveIndex(connection, indices);
    String embed = topics.prefix() + settings.text("millrace.embed.group");
    var states =
        new DocumentStates(
            context.kafka(),
            context.registry(),
            topics,
            new DocumentStates.Groups(
                () -> StreamSettings.applicationId(topics),
                () -> embed + index.generation().map(live -> live.groupSuffix()).orElse("")),
            index,
            ScanBounds.DEFAULT);
    var producer =
        new DocumentProducer(
            context.kafka().client("millrace-http"),
            context.registry(),
            topics.documents(),
            rules,
            ProducerSettings.DEFAULT.within(DEADLINE),
            context.tracing());
    return new Open(
        new DocumentApi(producer, states::find, DEADLINE.plusSeconds(1)),
        serving.gatekeeper(),
        producer,
        states,
        connection);
  }

  @PreDestroy
  synchronized void close() throws IOException {
    if (open != null) {
      open.producer().close(Duration.ofSeconds(5));
      open.states().close();
      open.index().close();
      open = null;
    }
  }
}
