package dev.millrace.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.monitor.audit.DeadLetterReport;
import dev.millrace.monitor.audit.DocumentReport;
import dev.millrace.monitor.audit.Findings;
import dev.millrace.monitor.audit.RunReport;
import dev.millrace.monitor.audit.TaskReport;
import java.util.Map;
import java.util.Optional;

/** What was audited. */
record Audits(
    Optional<TaskReport> tasks, Optional<DocumentReport> documents, DeadLetterReport letters) {

  /** The tasks alone. */
  static Audits of(TaskReport tasks) {
    return new Audits(
        Optional.of(tasks), Optional.empty(), new DeadLetterReport(java.util.List.of()));
  }

  boolean addUp() {
    return tasks.map(TaskReport::addsUp).orElse(true)
        && documents.map(DocumentReport::addsUp).orElse(true);
  }

  /** False when there is none of the topics: it is the wrong place to ask. */
  boolean found() {
    return tasks.map(TaskReport::found).orElse(false)
        || documents.map(DocumentReport::found).orElse(false);
  }

  ObjectNode json() {
    ObjectNode root = Api.JSON.createObjectNode().put("adds_up", addUp());
    tasks.ifPresent(
        report -> {
          ObjectNode node = root.putObject("tasks").put("adds_up", report.addsUp());
          report.runs().forEach(run -> run(node.withArray("runs").addObject(), run));
          findings(node, report.findings());
        });
    documents.ifPresent(report -> documents(root.putObject("documents"), report));
    var array = root.putArray("dead_letters");
    letters
        .counts()
        .forEach(
            count ->
                array
                    .addObject()
                    .put("stage", count.stage())
                    .put("reason", count.reason())
                    .put("records", count.records()));
    return root;
  }

  private static void run(ObjectNode node, RunReport run) {
    node.put("run", run.run())
        .put("adds_up", run.addsUp())
        .put("ended", run.ended())
        .put("issued", run.issued())
        .put("trained", run.trained());
    counts(node, "filtered", run.filtered());
    counts(node, "expired", run.expired());
    counts(node, "failed", run.failed());
    node.put("evaluated", run.evaluated())
        .put("open", run.open())
        .put("last_step", run.lastStep())
        .put("updates", run.updates())
        .put("lineage", run.lineage())
        .put("first_version", run.firstVersion())
        .put("last_version", run.lastVersion())
        .put("samples_trained", run.samples())
        .put("mean_staleness", run.meanStaleness())
        .put("most_stale", run.mostStale());
    run.maxStaleness().ifPresent(most -> node.put("max_staleness", most));
  }

  private static void documents(ObjectNode node, DocumentReport report) {
    node.put("adds_up", report.addsUp())
        .put("received", report.received())
        .put("indexed", report.indexed());
    counts(node, "rejected", report.rejected());
    node.put("deleted", report.deleted())
        .put("awaiting_preprocess", report.awaitingPreprocess())
        .put("awaiting_embed", report.awaitingEmbed())
        .put("known_by_chunks_alone", report.remembered());
    findings(node, report.findings());
  }

  private static void counts(ObjectNode node, String name, Map<String, Long> counts) {
    ObjectNode object = node.putObject(name);
    counts.forEach(object::put);
  }

  private static void findings(ObjectNode node, Findings findings) {
    counts(node, "problems", findings.counts());
    var offenders = node.putArray("offenders");
    findings
        .listed()
        .forEach(
            problem ->
                offenders
                    .addObject()
                    .put("kind", problem.kind())
                    .put("id", problem.id())
                    .put("what", problem.sentence()));
  }
}
