package dev.millrace.learner.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.contracts.avro.ActionKind;
import dev.millrace.contracts.avro.GroupOutcome;
import dev.millrace.contracts.avro.TaskOutcome;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.devstack.ServerKind;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.runtime.control.Gate;
import dev.millrace.testkit.Servers;
import dev.millrace.testkit.WithServers;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What operators see of a learner in traces, and that they can pause it. */
@WithServers({ServerKind.KAFKA, ServerKind.REGISTRY})
class LearnerOperationsTest {

  private static final AttributeKey<String> KEY =
      AttributeKey.stringKey("messaging.kafka.message.key");
  private static final AttributeKey<String> OUTCOME = AttributeKey.stringKey("millrace.outcome");

  @TempDir Path folder;
  private Installation loop;

  @BeforeEach
  void open(Servers servers) {
    loop = new Installation(servers, folder);
    loop.pushPrompts(30);
  }

  @AfterEach
  void close() throws Exception {
    loop.close();
  }

  private List<SpanData> spans(String name) {
    return loop.spans.getFinishedSpanItems().stream()
        .filter(span -> span.getName().replace(loop.context.topics().prefix(), "").equals(name))
        .toList();
  }

  private static SpanData of(String task, List<SpanData> spans) {
    return spans.stream()
        .filter(span -> task.equals(span.getAttributes().get(KEY)))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void trace_of_a_task_goes_from_its_issue_to_the_entry_that_resolves_it() {
    loop.worker(new FakeWorker.Habits() {});
    loop.finish(Runs.tiny("traced", "steps: 3"), new dev.millrace.learner.engine.RunListener() {});

    List<TrainingStep> ledger = loop.ledger("traced");
    List<SpanData> issued = spans("send rollout-tasks");
    List<SpanData> resolved = spans("process scored-samples");
    List<SpanData> entries = spans("training entry");
    assertThat(issued).hasSize(ledger.stream().mapToInt(e -> e.getIssued().size()).sum());
    assertThat(issued).extracting(SpanData::getTraceId).doesNotHaveDuplicates();
    assertThat(entries).hasSize(ledger.size());
    List<String> trained =
        ledger.stream()
            .flatMap(entry -> entry.getGroups().stream())
            .filter(group -> group.getOutcome() == TaskOutcome.TRAINED)
            .map(GroupOutcome::getTaskId)
            .toList();
    assertThat(trained).isNotEmpty();
    for (String task : trained) {
      SpanData first = of(task, issued);
      SpanData last = of(task, resolved);
      assertThat(first.getParentSpanContext().isValid()).isFalse();
      assertThat(last.getTraceId()).isEqualTo(first.getTraceId());
      assertThat(last.getParentSpanId()).isEqualTo(first.getSpanId());
      assertThat(last.getAttributes().get(OUTCOME)).isEqualTo("TRAINED");
      assertThat(entries)
          .extracting(SpanData::getSpanContext)
          .contains(last.getLinks().getFirst().getSpanContext())
          .contains(first.getLinks().getFirst().getSpanContext());
    }
  }

  @Test
  void paused_learner_enters_nothing_over_a_restart_and_then_goes_on_with_what_waits() {
    loop.context.controls().start();
    Gate gate = loop.context.controls().gate("learner");
    loop.worker(new FakeWorker.Habits() {});
    RunSettings run = Runs.tiny("paused", "steps: 1000");
    var learner = loop.learner(run);
    await().atMost(Installation.PATIENCE).until(() -> loop.ledger("paused").size() > 3);

    loop.order(ActionKind.PAUSE);
    await().until(() -> !gate.isOpen());
    await().until(() -> learner.health().describe().equals("idle: told to take in nothing new"));
    int entries = loop.ledger("paused").size();
    await().during(Duration.ofSeconds(2)).until(() -> loop.ledger("paused").size() == entries);
    learner.close();
    var restarted = loop.learner(run);
    await()
        .atMost(Installation.PATIENCE)
        .during(Duration.ofSeconds(2))
        .until(() -> restarted.health().isReady() && loop.ledger("paused").size() == entries);

    loop.order(ActionKind.RESUME);

    await().atMost(Installation.PATIENCE).until(() -> loop.ledger("paused").size() > entries + 3);
    assertThat(loop.ledger("paused").stream().flatMap(entry -> entry.getGroups().stream()))
        .extracting(GroupOutcome::getOutcome)
        .doesNotContain(TaskOutcome.EXPIRED);
  }
}
