package dev.millrace.cli;

import dev.millrace.monitor.audit.DeadLetterReport;
import dev.millrace.monitor.audit.DocumentReport;
import dev.millrace.monitor.audit.Findings;
import dev.millrace.monitor.audit.Problem;
import dev.millrace.monitor.audit.RunReport;
import dev.millrace.monitor.audit.TaskReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Accounts as tables, then one line that says whether they add up, then what is wrong. */
final class AuditPrinter {

  private final Screen screen;

  AuditPrinter(Screen screen) {
    this.screen = screen;
  }

  void print(Audits audits) {
    audits.tasks().ifPresent(this::tasks);
    audits.documents().ifPresent(this::documents);
    letters(audits.letters());
    screen.line("");
    if (audits.addUp()) {
      screen.line(screen.good("It adds up: ") + summary(audits) + ".");
      return;
    }
    screen.line(screen.bad("It does not add up."));
    audits.tasks().ifPresent(report -> problems(report.findings()));
    audits.documents().ifPresent(report -> problems(report.findings()));
  }

  private void tasks(TaskReport report) {
    screen.heading("Tasks");
    if (!report.found()) {
      screen.line("  there is no ledger");
      return;
    }
    if (report.runs().isEmpty()) {
      screen.line("  no run has begun");
      return;
    }
    var table =
        new Table(
            "run",
            "issued",
            "trained",
            "filtered",
            "expired",
            "failed",
            "evaluated",
            "open",
            "step",
            "version",
            "staleness",
            "");
    for (RunReport run : report.runs()) {
      table.row(
          run.run(),
          run.issued(),
          run.trained(),
          sum(run.filtered()),
          sum(run.expired()),
          sum(run.failed()),
          run.evaluated(),
          run.open(),
          run.lastStep(),
          run.lastVersion(),
          staleness(run),
          run.ended() ? "ended" : "not ended");
    }
    table.print(screen);
    boolean several = report.runs().size() > 1;
    for (RunReport run : report.runs()) {
      String name = several ? run.run() + " " : "";
      reasons(name + "filtered", run.filtered());
      reasons(name + "expired", run.expired());
      reasons(name + "failed", run.failed());
      if (!run.addsUp()) {
        screen.line(
            screen.bad(
                "  %s: %,d tasks were issued, and %,d have an outcome or are open"
                    .formatted(run.run(), run.issued(), run.accounted())));
      }
    }
  }

  private static String staleness(RunReport run) {
    if (run.samples() == 0) {
      return "";
    }
    String most = run.maxStaleness().isPresent() ? " of " + run.maxStaleness().getAsLong() : "";
    return String.format(
        Locale.ROOT, "mean %.2f, most %d%s", run.meanStaleness(), run.mostStale(), most);
  }

  private void documents(DocumentReport report) {
    screen.heading("Documents");
    if (!report.found()) {
      screen.line("  there is no topic of documents");
      return;
    }
    new Table("received", "indexed", "rejected", "deleted", "in flight")
        .row(
            report.received(),
            report.indexed(),
            sum(report.rejected()),
            report.deleted(),
            report.awaitingPreprocess() + report.awaitingEmbed())
        .print(screen);
    reasons("rejected", report.rejected());
    if (report.awaitingPreprocess() + report.awaitingEmbed() > 0) {
      note(
          "in flight: %,d before preprocess, %,d before embed"
              .formatted(report.awaitingPreprocess(), report.awaitingEmbed()));
    }
    if (report.remembered() > 0) {
      note(
          "%,d known by chunks alone: their reports are older than indexed keeps"
              .formatted(report.remembered()));
    }
    if (report.received() != report.accounted()) {
      screen.line(
          screen.bad(
              "  %,d documents were received, and %,d are accounted for"
                  .formatted(report.received(), report.accounted())));
    }
  }

  private void letters(DeadLetterReport report) {
    if (report.counts().isEmpty()) {
      return;
    }
    screen.heading("Dead letters");
    var table = new Table("stage", "reason", "records");
    report.counts().forEach(count -> table.row(count.stage(), count.reason(), count.records()));
    table.print(screen);
  }

  private void reasons(String name, Map<String, Long> counts) {
    if (!counts.isEmpty()) {
      note(
          name
              + ": "
              + counts.entrySet().stream()
                  .map(e -> "%s %,d".formatted(e.getKey(), e.getValue()))
                  .collect(Collectors.joining(", ")));
    }
  }

  private void note(String text) {
    screen.line(screen.dim("  " + text));
  }

  private void problems(Findings findings) {
    findings
        .counts()
        .forEach(
            (kind, count) -> {
              screen.line("");
              screen.line(screen.bold(kind) + ": %,d".formatted(count));
              List<Problem> named =
                  findings.listed().stream().filter(p -> p.kind().equals(kind)).toList();
              named.forEach(
                  problem -> screen.line("  " + problem.id() + ": " + problem.sentence()));
              if (named.size() < count) {
                note("... and %,d more".formatted(count - named.size()));
              }
            });
  }

  private static String summary(Audits audits) {
    List<String> parts = new ArrayList<>();
    audits
        .tasks()
        .ifPresent(
            report -> {
              long issued = report.runs().stream().mapToLong(RunReport::issued).sum();
              parts.add(
                  "%,d tasks of %,d run%s"
                      .formatted(
                          issued, report.runs().size(), report.runs().size() == 1 ? "" : "s"));
            });
    audits.documents().ifPresent(report -> parts.add("%,d documents".formatted(report.received())));
    return String.join(", ", parts);
  }

  private static long sum(Map<String, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }
}
