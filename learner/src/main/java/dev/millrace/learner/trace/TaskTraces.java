package dev.millrace.learner.trace;

import dev.millrace.contracts.avro.GroupOutcome;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.runtime.tracing.Tracing;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Context;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * The spans of a run's tasks. The trace of a task begins with its issue ({@code send
 * rollout-tasks}) and ends with a span from the arrival of its scored group to the entry that
 * resolves it ({@code process scored-samples}). Both link to the span of their entry ({@code
 * training entry}), which has a trace of its own: it serves many tasks. A task that gets no group
 * has no last span.
 *
 * <p>Safe for any number of threads.
 */
public final class TaskTraces {

  private static final String STAGE = "learner";

  /** More than a run has open; what is left behind, by groups that come twice, makes room. */
  private static final int MOST = 65_536;

  private static final class Bounded extends LinkedHashMap<String, Span> {
    private static final long serialVersionUID = 1;

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, Span> eldest) {
      return size() > MOST;
    }
  }

  private final Tracing tracing;
  private final String tasks;
  private final Map<String, Span> issued = new Bounded();
  private final Map<String, Span> arrived = new Bounded();

  /**
   * @param tasks name of the topic of tasks
   */
  public TaskTraces(Tracing tracing, String tasks) {
    this.tracing = Objects.requireNonNull(tracing, "tracing");
    this.tasks = Objects.requireNonNull(tasks, "tasks");
  }

  /** A record of an entry is about to be written; if it is a task, its trace begins here. */
  public synchronized void write(ProducerRecord<byte[], byte[]> record) {
    if (tracing.isOn() && record.topic().equals(tasks)) {
      Span span = tracing.send(STAGE, tasks, record.key(), Context.root()).startSpan();
      tracing.inject(span, record.headers());
      issued.put(new String(record.key(), StandardCharsets.UTF_8), span);
    }
  }

  /** The scored group of a task has come; of several that come the first counts. */
  public synchronized void arrive(String task, ConsumerRecord<byte[], byte[]> record) {
    if (tracing.isOn() && !arrived.containsKey(task)) {
      arrived.put(task, tracing.process(STAGE, record).startSpan());
    }
  }

  /** An entry was committed: what it issued is written, what it resolved is done. */
  public synchronized void enter(TrainingStep entry) {
    if (!tracing.isOn()) {
      return;
    }
    Span own = span(entry).startSpan();
    for (String task : entry.getIssued()) {
      end(issued.remove(task), own);
    }
    for (GroupOutcome outcome : entry.getGroups()) {
      end(describe(arrived.remove(outcome.getTaskId()), outcome), own);
    }
    own.end();
  }

  private SpanBuilder span(TrainingStep entry) {
    SpanBuilder span =
        tracing
            .work(STAGE, "training entry")
            .setStartTimestamp(entry.getStartedAt(), TimeUnit.MILLISECONDS)
            .setAttribute("millrace.run", entry.getRun())
            .setAttribute("millrace.step", entry.getStep())
            .setAttribute("millrace.kind", entry.getKind().name())
            .setAttribute("millrace.policy.version", entry.getVersionAfter());
    entry
        .getMetrics()
        .forEach(
            (name, value) -> {
              if (name.startsWith("seconds.")) {
                span.setAttribute("millrace." + name, value);
              }
            });
    return span;
  }

  private static Span describe(Span span, GroupOutcome outcome) {
    if (span != null) {
      span.setAttribute("millrace.outcome", outcome.getOutcome().name());
      if (outcome.getReason() != null) {
        span.setStatus(StatusCode.ERROR, outcome.getReason());
      }
    }
    return span;
  }

  private static void end(Span span, Span entry) {
    if (span != null) {
      span.addLink(entry.getSpanContext()).end();
    }
  }
}
