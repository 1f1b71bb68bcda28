package dev.millrace.cli.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.millrace.cli.Api;
import dev.millrace.cli.BenchSystem;
import dev.millrace.cli.CommandFailure;
import dev.millrace.contracts.avro.Document;
import dev.millrace.ingest.DocumentProducer;
import dev.millrace.ingest.Receipt;
import dev.millrace.runtime.StageContext;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** What a benchmark works with: a system of its own, started empty. */
final class BenchRun {

  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Duration SETTLED = Duration.ofSeconds(5);

  private final BenchSystem system;
  private final Api api;
  private final DocumentProducer documents;
  private final StageContext context;
  private final BenchOptions options;
  private final Consumer<String> out;
  private final Figures figures;
  private final Api openSearch;

  BenchRun(BenchSystem system, BenchOptions options, Consumer<String> out, Figures figures) {
    this.system = system;
    this.api = system.api();
    this.documents = system.documents();
    this.context = system.context();
    this.openSearch = new Api(system.openSearch(), Optional.empty());
    this.options = options;
    this.out = out;
    this.figures = figures;
  }

  BenchSystem system() {
    return system;
  }

  Api api() {
    return api;
  }

  StageContext context() {
    return context;
  }

  Figures figures() {
    return figures;
  }

  void say(String line) {
    out.accept(line);
  }

  BenchOptions options() {
    return options;
  }

  Corpus corpus() {
    return Corpus.read(
        options
            .corpus()
            .orElseThrow(
                () -> new CommandFailure("this benchmark needs a collection: give --corpus DIR")));
  }

  CompletableFuture<Receipt> send(String id, String title, String text) {
    return documents.send(
        new Document(
            id,
            ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)),
            "text/plain",
            null,
            title.isBlank() ? null : title,
            null,
            Map.of(),
            List.of(),
            System.currentTimeMillis()));
  }

  /**
   * Fills the empty system with the demo's documents and waits until they can be searched.
   *
   * @return how many there are
   */
  long fillWithDemo() throws InterruptedException {
    long sent = system.sendDemo();
    long end = System.nanoTime() + PATIENCE.toNanos();
    long before = -1;
    // Pages that only include others are rejected: done is when nothing is added any more.
    for (long now = searchable(); now == 0 || now != before; now = searchable()) {
      before = now;
      if (System.nanoTime() > end) {
        throw new CommandFailure("the demo's documents are not indexed");
      }
      Thread.sleep(SETTLED);
    }
    say("%d documents sent, %d indexed".formatted(sent, before));
    return before;
  }

  /** Waits until a model answers. */
  void awaitModel(String name) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!api.get("/v1/models/" + name).at("/millrace/ready").asBoolean()) {
      if (System.nanoTime() > end) {
        throw new CommandFailure("the model '" + name + "' is not ready");
      }
      Thread.sleep(50);
    }
  }

  /** Puts a query to the chunks as OpenSearch takes it, and tells where the hits stand. */
  List<String> searchRaw(JsonNode query) {
    String prefix = context.settings().text("millrace.opensearch.prefix", "");
    List<String> places = new ArrayList<>();
    for (JsonNode hit :
        openSearch
            .post(
                "/%schunks/_search?search_pipeline=%shybrid-weighted".formatted(prefix, prefix),
                query)
            .at("/hits/hits")) {
      JsonNode source = hit.path("_source");
      places.add(source.path("documentId").asText() + " " + source.path("start").asInt());
    }
    return places;
  }

  CompletableFuture<Receipt> delete(String id) {
    return documents.delete(id);
  }

  void flush() {
    documents.flush(Duration.ofSeconds(60));
  }

  JsonNode search(String query, String mode, int limit) {
    return api.post(
        "/v1/search",
        Api.JSON
            .createObjectNode()
            .put("query", query)
            .put("mode", mode)
            .put("group", "document")
            .put("limit", limit));
  }

  /** True when a search for {@code word} brings the document. */
  boolean finds(String word, String documentId) {
    for (JsonNode hit : search(word, "bm25", 3).path("hits")) {
      if (hit.path("document_id").asText().equals(documentId)) {
        return true;
      }
    }
    return false;
  }

  /**
   * How many documents can be searched now: manifests that the index shows. They are written after
   * the chunks, whose own refresh is at most {@code millrace.opensearch.refresh} behind.
   */
  long searchable() {
    try {
      return openSearch
          .post(
              "/" + context.settings().text("millrace.opensearch.prefix", "") + "documents/_count",
              Api.JSON.createObjectNode().set("query", outcomeIsIndexed()))
          .path("count")
          .asLong();
    } catch (Api.ApiFailure e) {
      if (e.status() == 404) {
        return 0;
      }
      throw e;
    }
  }

  private static JsonNode outcomeIsIndexed() {
    var term = Api.JSON.createObjectNode();
    term.putObject("term").put("outcome", "INDEXED");
    return term;
  }

  void awaitSearchable(long documents) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (searchable() < documents) {
      if (System.nanoTime() > end) {
        throw new CommandFailure(
            "%d of %d documents are searchable after %d s"
                .formatted(searchable(), documents, PATIENCE.toSeconds()));
      }
      Thread.sleep(50);
    }
  }
}
