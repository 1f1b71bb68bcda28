package dev.millrace.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.monitor.trace.Trace;
import dev.millrace.monitor.trace.Tracer;
import dev.millrace.runtime.StageContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** Follows one document or task through all topics. */
@Command(
    name = "trace",
    mixinStandardHelpOptions = true,
    description =
        "Follows one document or one task through all topics, with the time of each stage.")
final class TraceCommand implements Callable<Integer> {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS").withZone(ZoneId.systemDefault());

  /** What can be followed. */
  enum Subject {
    DOCUMENT,
    TASK
  }

  @ParentCommand private Main millrace;

  @Parameters(index = "0", paramLabel = "document|task", description = "What it is.")
  private Subject subject;

  @Parameters(index = "1", paramLabel = "ID", description = "Its id.")
  private String id;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  public Integer call() {
    var context = StageContext.of(millrace.servers().settings(), new SimpleMeterRegistry());
    try (Tracer tracer = Tracer.open(context)) {
      Trace trace = subject == Subject.DOCUMENT ? tracer.document(id) : tracer.task(id);
      var screen = new Screen(System.out);
      if (json) {
        screen.line(json(trace).toPrettyString());
      } else {
        print(screen, trace);
      }
      return trace.isEmpty() ? 1 : 0;
    } catch (KafkaException e) {
      throw new CommandFailure(
          "Kafka at %s: %s".formatted(context.kafka().bootstrap(), e.getMessage()), e);
    }
  }

  private void print(Screen screen, Trace trace) {
    if (trace.isEmpty()) {
      screen.line("no trace of %s %s".formatted(subject.name().toLowerCase(Locale.ROOT), id));
    }
    for (Trace.Event event : trace.events()) {
      screen.line(
          "%s  %-10s %s%s"
              .formatted(
                  TIME.format(Instant.ofEpochMilli(event.at())),
                  event.stage(),
                  screen.bold(Printable.of(event.sentence())),
                  Double.isNaN(event.since())
                      ? ""
                      : String.format(Locale.ROOT, "  (after %.3f s)", event.since())));
      screen.line(
          screen.dim(
              "                         %s-%d@%d%s"
                  .formatted(event.topic(), event.partition(), event.offset(), detail(event))));
    }
    if (!trace.complete()) {
      System.err.println(
          "millrace: the topics are too long to be looked through; something older may be missing");
    }
  }

  private static String detail(Trace.Event event) {
    var text = new StringBuilder();
    new TreeMap<>(event.detail())
        .forEach((name, value) -> text.append(", ").append(name).append(' ').append(value));
    return Printable.of(text.toString());
  }

  private static ObjectNode json(Trace trace) {
    ObjectNode root =
        Api.JSON
            .createObjectNode()
            .put("subject", trace.subject())
            .put("complete", trace.complete());
    ArrayNode events = root.putArray("events");
    for (Trace.Event event : trace.events()) {
      ObjectNode one =
          events
              .addObject()
              .put("at", event.at())
              .put("stage", event.stage())
              .put("what", event.sentence())
              .put("topic", event.topic())
              .put("partition", event.partition())
              .put("offset", event.offset())
              .put("after_seconds", Double.isNaN(event.since()) ? null : event.since());
      ObjectNode detail = one.putObject("detail");
      event.detail().forEach(detail::put);
    }
    return root;
  }
}
