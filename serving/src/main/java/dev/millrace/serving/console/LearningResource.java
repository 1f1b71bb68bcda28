package dev.millrace.serving.console;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.contracts.AvroSerde;
import dev.millrace.contracts.Topic;
import dev.millrace.contracts.WireFormatException;
import dev.millrace.contracts.avro.GroupOutcome;
import dev.millrace.contracts.avro.ScoredGroup;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.monitor.MonitorStage;
import dev.millrace.monitor.recent.Books;
import dev.millrace.monitor.recent.RunBook;
import dev.millrace.monitor.recent.SampleBook;
import dev.millrace.monitor.recent.VersionBook;
import dev.millrace.monitor.scan.ScanLimit;
import dev.millrace.serving.Refusal;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/** Runs, their steps, versions, workers and samples. */
@Path("/console/api")
@RunOnVirtualThread
public class LearningResource {

  private static final long LATELY = Duration.ofMinutes(5).toMillis();
  private static final int MOST_STEPS = 2_000;
  private static final int MOST_GROUPS = 200;

  private final ConsoleDoor door;

  LearningResource(ConsoleDoor door) {
    this.door = door;
  }

  /**
   * {@code ?run}: curves of one run, the newest unless it is named; versions; workers. With {@code
   * known} and {@code after} only what that run has entered after that step.
   */
  @GET
  @Path("/learning")
  public Response learning(@Context RoutingContext exchange) {
    Books books = door.view(exchange).books();
    ObjectNode json = Wire.object();
    List<String> runs = books.runs().runs();
    runs.forEach(json.putArray("runs")::add);
    String run = Wire.parameter(exchange, "run").orElse(runs.isEmpty() ? "" : runs.getFirst());
    json.put("run", run);
    boolean more = Wire.parameter(exchange, "known").filter(run::equals).isPresent();
    long after = more ? Wire.number(exchange, "after", -1, Long.MAX_VALUE) : -1;
    json.put("more", more);
    List<RunBook.Entry> entries =
        newest(books.runs().entries(run)).stream().filter(e -> e.step() > after).toList();
    json.set("steps", steps(entries));
    json.set("curves", curves(entries));
    ArrayNode versions = json.putArray("versions");
    books.versions().versions().stream()
        .limit(50)
        .forEach(version -> versions.add(version(version)));
    json.set("workers", workers(books));
    return Wire.ok(json);
  }

  private static ArrayNode steps(List<RunBook.Entry> entries) {
    ArrayNode steps = Wire.array();
    for (RunBook.Entry entry : entries) {
      ObjectNode one =
          steps
              .addObject()
              .put("step", entry.step())
              .put("kind", entry.kind())
              .put("lineage", entry.lineage())
              .put("versionBefore", entry.versionBefore())
              .put("versionAfter", entry.versionAfter())
              .put("issued", entry.issued())
              .put("detail", entry.detail())
              .put("startedAt", entry.startedAt())
              .put("finishedAt", entry.finishedAt())
              .put("idle", Wire.finite(RunBook.idle(entry)))
              .put("partition", entry.partition())
              .put("offset", entry.offset());
      ObjectNode outcomes = one.putObject("outcomes");
      new TreeMap<>(entry.outcomes()).forEach(outcomes::put);
    }
    return steps;
  }

  private static List<RunBook.Entry> newest(List<RunBook.Entry> entries) {
    return entries.subList(Math.max(0, entries.size() - MOST_STEPS), entries.size());
  }

  /** By metric the steps at which it was noted and its values. */
  private static ObjectNode curves(List<RunBook.Entry> entries) {
    TreeSet<String> names = new TreeSet<>();
    entries.forEach(entry -> names.addAll(entry.metrics().keySet()));
    ObjectNode curves = Wire.object();
    for (String name : names) {
      ObjectNode curve = curves.putObject(name);
      ArrayNode steps = curve.putArray("steps");
      ArrayNode values = curve.putArray("values");
      for (RunBook.Entry entry : entries) {
        Double value = Wire.finite(entry.metric(name));
        if (value != null) {
          steps.add(entry.step());
          values.add(value);
        }
      }
    }
    return curves;
  }

  private static ObjectNode version(VersionBook.Version version) {
    return Wire.object()
        .put("policy", version.policy())
        .put("version", version.version())
        .put("run", version.run())
        .put("step", version.step())
        .put("kind", version.kind())
        .put("bytes", version.bytes())
        .put("sha256", version.sha256())
        .put("publishedAt", version.publishedAt());
  }

  private static ArrayNode workers(Books books) {
    long now = System.currentTimeMillis();
    ArrayNode workers = Wire.array();
    for (SampleBook.Worker worker : books.samples().workers(now - LATELY, now)) {
      workers
          .addObject()
          .put("name", worker.name())
          .put("policy", worker.policy())
          .put("version", worker.version())
          .put(
              "newest",
              books
                  .versions()
                  .newest(worker.policy())
                  .map(VersionBook.Version::version)
                  .orElse(-1L))
          .put("lastAt", worker.lastAt())
          .put("groups", worker.groups())
          .put("idle", Wire.finite(1 - worker.busy()));
    }
    return workers;
  }

  /** {@code ?partition&offset} in the ledger: one step with its groups. */
  @GET
  @Path("/step")
  public Response step(@Context RoutingContext exchange) {
    MonitorStage monitor = door.view(exchange);
    TrainingStep step = one(exchange, monitor, monitor.context().topics().trainingLedger());
    ObjectNode json =
        Wire.object()
            .put("run", step.getRun())
            .put("step", step.getStep())
            .put("kind", step.getKind().name())
            .put("weightsSha256", step.getWeightsSha256())
            .put("settings", step.getSettings())
            .put("detail", step.getDetail());
    ObjectNode metrics = json.putObject("metrics");
    new TreeMap<>(step.getMetrics())
        .forEach((name, value) -> metrics.put(name, Wire.finite(value)));
    ArrayNode groups = json.putArray("groups");
    for (GroupOutcome group : step.getGroups()) {
      groups
          .addObject()
          .put("taskId", group.getTaskId())
          .put("outcome", group.getOutcome().name())
          .put("reason", group.getReason())
          .put("partition", group.getPartition())
          .put("offset", group.getOffset());
    }
    step.getIssued().forEach(json.putArray("issued")::add);
    return Wire.ok(json);
  }

  /** {@code ?run&purpose}: the groups that were scored last. */
  @GET
  @Path("/samples")
  public Response samples(@Context RoutingContext exchange) {
    Books books = door.view(exchange).books();
    var run = Wire.parameter(exchange, "run");
    var purpose = Wire.parameter(exchange, "purpose");
    ArrayNode all = Wire.array();
    books.samples().groups().stream()
        .filter(group -> run.isEmpty() || run.get().equals(group.run()))
        .filter(group -> purpose.isEmpty() || purpose.get().equals(group.purpose()))
        .limit(MOST_GROUPS)
        .forEach(group -> all.add(SampleJson.summary(group)));
    return Wire.ok(all);
  }

  /** {@code ?partition&offset} in scored-samples: one group with all of its tokens. */
  @GET
  @Path("/sample")
  public Response sample(@Context RoutingContext exchange) {
    MonitorStage monitor = door.view(exchange);
    ScoredGroup group = one(exchange, monitor, monitor.context().topics().scoredSamples());
    return Wire.ok(SampleJson.whole(group, door.console().tokens()));
  }

  private static <V> V one(RoutingContext exchange, MonitorStage monitor, Topic<V> topic) {
    long partition = Wire.number(exchange, "partition", 0, Integer.MAX_VALUE);
    long offset = Wire.number(exchange, "offset", 0, Long.MAX_VALUE - 1);
    List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
    Away.orRefuse(
        () -> {
          var at = new TopicPartition(topic.name(), (int) partition);
          if (monitor.look().partitions(topic.name()).contains(at)
              && offset < monitor.look().end(at)
              && offset >= monitor.look().begin(at)) {
            monitor
                .look()
                .read(
                    at,
                    offset,
                    offset + 1,
                    ScanLimit.INTERACTIVE,
                    record -> {
                      found.add(record);
                      return false;
                    });
          }
          return null;
        });
    if (found.isEmpty() || found.getFirst().value() == null) {
      throw Refusal.notFound(
          "offset",
          "There is no record at %s-%d@%d (any more).".formatted(topic.name(), partition, offset));
    }
    var serde = new AvroSerde<>(monitor.context().registry(), topic);
    try {
      return Away.orRefuse(() -> serde.read(found.getFirst().value()));
    } catch (WireFormatException e) {
      throw Refusal.invalid("offset", "That record cannot be read: " + e.getMessage());
    }
  }
}
