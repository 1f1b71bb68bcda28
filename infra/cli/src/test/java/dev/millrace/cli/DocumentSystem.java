package dev.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.contracts.avro.Document;
import dev.millrace.devstack.ChildJvm;
import dev.millrace.devstack.DevStackEndpoints;
import dev.millrace.devstack.ServerHome;
import dev.millrace.ingest.DocumentProducer;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.awaitility.Awaitility;

/** Preprocess and embed as processes of their own, under a prefix of their own. */
final class DocumentSystem implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(120);

  private final ServerHome home = ServerHome.locate();
  private final Map<String, ChildJvm> processes = new HashMap<>();
  private final Map<String, String> settings;
  private final Path folder;
  private final StageContext context;
  private final DocumentProducer documents;
  private final Api openSearch;
  private final String prefix;

  DocumentSystem(DevStackEndpoints servers, String prefix, Path folder) throws Exception {
    this.prefix = prefix;
    this.folder = Files.createDirectories(folder.resolve(prefix));
    settings = ServerSettings.of(servers, prefix);
    settings.put("millrace.topics.partitions", "2");
    context = StageContext.of(Settings.of(settings), new SimpleMeterRegistry());
    openSearch = new Api(servers.openSearch(), Optional.empty());
    start("preprocess");
    start("embed");
    documents = Producers.documents(context);
  }

  /** Starts the process of a target and waits until it is ready. */
  void start(String target) {
    launch(target, FreePort.find());
  }

  private void launch(String target, int port) {
    Map<String, String> own = new HashMap<>(settings);
    own.put("millrace.http.port", String.valueOf(port));
    own.put("millrace.preprocess.state-dir", folder.resolve("streams").toString());
    processes.put(target, AppProcess.start(home, folder, target, target, own, death -> {}));
    try (var api = new Api(URI.create("http://127.0.0.1:" + port), Optional.empty())) {
      Awaitility.await(target + " ready, log " + processes.get(target).log())
          .atMost(PATIENCE)
          .until(() -> api.status("/q/health/ready") == 200);
    }
  }

  /** kill -9. */
  void kill(String target) {
    processes.get(target).kill();
  }

  StageContext context() {
    return context;
  }

  Api openSearch() {
    return openSearch;
  }

  void push(String id, String text) {
    documents.send(
        new Document(
            id,
            ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)),
            "text/plain",
            null,
            null,
            null,
            Map.of(),
            List.of(),
            System.currentTimeMillis()));
  }

  void delete(String id) {
    documents.delete(id);
  }

  void flush() {
    documents.flush(PATIENCE);
  }

  /** Number of chunks that can be searched now. */
  long chunks() {
    openSearch.post("/" + prefix + "chunks/_refresh", Api.JSON.createObjectNode());
    return openSearch.get("/" + prefix + "chunks/_count").path("count").asLong();
  }

  /** What the index holds: document, chunk hash and revision of every chunk. */
  Set<String> index() {
    openSearch.post("/" + prefix + "chunks/_refresh", Api.JSON.createObjectNode());
    JsonNode hits =
        openSearch
            .get(
                "/"
                    + prefix
                    + "chunks/_search?size=10000&_source_includes=documentId,hash,revision")
            .at("/hits/hits");
    Set<String> entries = new TreeSet<>();
    for (JsonNode hit : hits) {
      JsonNode source = hit.path("_source");
      entries.add(
          source.path("documentId").asText()
              + " "
              + source.path("hash").asText()
              + " "
              + source.path("revision").asLong());
    }
    return entries;
  }

  /** Waits until every group has read its topic to the end. */
  void awaitNoLag() {
    Awaitility.await("no lag under " + prefix)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .ignoreExceptions()
        .until(
            () ->
                lag(prefix + "preprocess", context.topics().documents().name()) == 0
                    && lag(embedGroup(), context.topics().chunks().name()) == 0);
  }

  private String embedGroup() throws ExecutionException, InterruptedException {
    try (var admin = Admin.create(context.kafka().admin("test"))) {
      return admin.listGroups().all().get().stream()
          .map(listing -> listing.groupId())
          .filter(id -> id.startsWith(prefix) && id.contains("embed"))
          .findFirst()
          .orElseThrow();
    }
  }

  private long lag(String group, String topic) throws ExecutionException, InterruptedException {
    try (var admin = Admin.create(context.kafka().admin("test"))) {
      Map<TopicPartition, OffsetSpec> partitions = new HashMap<>();
      for (int i = 0; i < context.topics().partitions(); i++) {
        partitions.put(new TopicPartition(topic, i), OffsetSpec.latest());
      }
      var ends = admin.listOffsets(partitions).all().get();
      var committed = admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
      long lag = 0;
      for (var end : ends.entrySet()) {
        var offset = committed.get(end.getKey());
        lag += end.getValue().offset() - (offset == null ? 0 : offset.offset());
      }
      return lag;
    }
  }

  @Override
  public void close() {
    documents.close();
    processes.values().forEach(ChildJvm::close);
    openSearch.close();
  }
}
