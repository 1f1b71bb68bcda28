package dev.millrace.index;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.runtime.RetriableException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The generations of the index. One is live: the aliases point to it. When the embedding model, the
 * mappings or the log change, the writers fill another one beside it from the beginning of the
 * {@code chunks} topic and then move the aliases, both at once.
 *
 * <p>Several processes may call this at once. It keeps nothing: the truth is in OpenSearch.
 */
public final class IndexCatalogue {

  private static final Logger LOG = LoggerFactory.getLogger(IndexCatalogue.class);
  private static final String META = "millrace";

  private final RestCalls calls;
  private final ObjectMapper json;
  private final IndexSettings settings;
  private final IndexNames names;

  public IndexCatalogue(OpenSearchConnection connection, IndexSettings settings) {
    this.calls = connection.calls();
    this.json = connection.json();
    this.settings = settings;
    this.names = settings.names();
  }

  /** The generation that readers see; empty before the first writer came. */
  public Optional<Generation> live() {
    return all().stream().filter(Generation::live).findFirst();
  }

  /** Every generation, by number. */
  public List<Generation> all() {
    JsonNode found = calls.get("/" + names.chunks() + "-*?ignore_unavailable=true");
    var generations = new TreeMap<Integer, Generation>();
    found
        .properties()
        .forEach(
            index -> {
              JsonNode meta = index.getValue().path("mappings").path("_meta").path(META);
              var number = names.number(index.getKey());
              if (number.isPresent()
                  && meta.isObject()
                  && index.getKey().equals(names.chunks(number.getAsInt()))) {
                boolean live = index.getValue().path("aliases").has(names.chunks());
                generations.put(
                    number.getAsInt(), generation(number.getAsInt(), identity(meta), live));
              }
            });
    return List.copyOf(generations.values());
  }

  /**
   * The generation that holds {@code wanted}, created when there is none. The first of all is live
   * at once; a later one is to be filled and then made live with {@link #promote}.
   */
  public Generation open(IndexIdentity wanted) {
    List<Generation> known = all();
    Optional<Generation> live = known.stream().filter(Generation::live).findFirst();
    Generation generation = fitting(known, wanted).orElseGet(() -> createNext(known, live, wanted));
    create(generation); // also where another process died between the two halves
    Generation found =
        fitting(all(), wanted)
            .orElseThrow(
                () ->
                    new RetriableException(
                        "index " + generation.chunks() + " was made by another process", null));
    return live.isPresent() ? found : promote(found);
  }

  private static Optional<Generation> fitting(List<Generation> known, IndexIdentity wanted) {
    return known.stream()
        .filter(generation -> generation.identity().equals(wanted))
        .max(Comparator.comparing(Generation::live).thenComparing(Generation::number));
  }

  private Generation createNext(
      List<Generation> known, Optional<Generation> live, IndexIdentity wanted) {
    int number = known.stream().mapToInt(Generation::number).max().orElse(0) + 1;
    Generation next = generation(number, wanted, false);
    if (live.isPresent()) {
      LOG.warn(
          "new index needed index={} reason=\"{}\" note=\"{} answers until the new one is filled"
              + " from the log\"",
          next.chunks(),
          live.get().identity().differences(wanted),
          live.get().chunks());
      if (!live.get().identity().log().equals(wanted.log())) {
        LOG.warn(
            "revisions begin anew with another log: unless the chunks topic began anew too, its"
                + " records of the old log count as newer; see docs/operations.md");
      }
    }
    return next;
  }

  /**
   * Points both aliases at a generation, in one step, and removes generations that are neither this
   * one nor the one that was live before: that one stays, for a way back.
   */
  public Generation promote(Generation generation) {
    List<Generation> known = all();
    var before = known.stream().filter(Generation::live).findFirst();
    if (before.isPresent() && before.get().number() == generation.number()) {
      return before.get(); // another process was faster
    }
    ObjectNode body = json.createObjectNode();
    var actions = body.putArray("actions");
    before.ifPresent(
        old -> {
          actions.add(alias("remove", old.chunks(), names.chunks()));
          actions.add(alias("remove", old.documents(), names.documents()));
        });
    actions.add(alias("add", generation.chunks(), names.chunks()));
    actions.add(alias("add", generation.documents(), names.documents()));
    calls.post("/_aliases", body);
    LOG.info("index is live index={} model={}", generation.chunks(), generation.identity().model());
    before.ifPresent(
        old ->
            known.stream()
                .filter(g -> g.number() != old.number() && g.number() != generation.number())
                .forEach(this::remove));
    return generation.asLive();
  }

  private void remove(Generation generation) {
    LOG.info("index removed index={}", generation.chunks());
    calls.delete(
        "/" + generation.chunks() + "," + generation.documents() + "?ignore_unavailable=true");
  }

  private Generation generation(int number, IndexIdentity identity, boolean live) {
    return new Generation(number, names.chunks(number), names.documents(number), identity, live);
  }

  private void create(Generation generation) {
    // Chunks last: their index is what tells that a generation exists.
    create(generation.documents(), "documents.json", generation.identity());
    create(generation.chunks(), "chunks.json", generation.identity());
  }

  private void create(String index, String resource, IndexIdentity identity) {
    if (!calls.get("/" + index + "/_settings").isMissingNode()) {
      return;
    }
    ObjectNode body = read(resource);
    ObjectNode index0 = body.withObject("/settings/index");
    index0.put("refresh_interval", settings.refresh().toMillis() + "ms");
    index0.put("number_of_shards", settings.shards());
    if (settings.replicas().contains("-")) {
      index0.put("auto_expand_replicas", settings.replicas());
    } else {
      index0.put("number_of_replicas", Integer.parseInt(settings.replicas()));
    }
    ObjectNode mappings = body.withObject("/mappings");
    mappings.withObject("/_meta").set(META, json.valueToTree(identity));
    if (mappings.path("properties").get("vector") instanceof ObjectNode vector) {
      vector.put("dimension", identity.dimension());
    }
    try {
      calls.put("/" + index, body);
      LOG.info("index created index={}", index);
    } catch (IndexRefusedException e) {
      if (!"resource_already_exists_exception".equals(e.type())) {
        throw e;
      }
    }
  }

  private ObjectNode read(String resource) {
    try (InputStream in = IndexCatalogue.class.getResourceAsStream(resource)) {
      return (ObjectNode) json.readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(resource + " cannot be read from the class path", e);
    }
  }

  private IndexIdentity identity(JsonNode meta) {
    return json.convertValue(meta, IndexIdentity.class);
  }

  private ObjectNode alias(String action, String index, String alias) {
    ObjectNode node = json.createObjectNode();
    node.putObject(action).put("index", index).put("alias", alias);
    return node;
  }
}
