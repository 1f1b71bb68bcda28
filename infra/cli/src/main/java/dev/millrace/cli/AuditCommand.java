package dev.millrace.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.ingest.cli.Terminal;
import dev.millrace.monitor.audit.AuditDeadlineException;
import dev.millrace.monitor.audit.AuditLimits;
import dev.millrace.monitor.audit.DeadLetterAudit;
import dev.millrace.monitor.audit.DocumentAudit;
import dev.millrace.monitor.audit.TaskAudit;
import dev.millrace.monitor.audit.TaskReport;
import dev.millrace.runtime.RetriableException;
import dev.millrace.runtime.StageContext;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code audit}: does it all add up. */
@Command(
    name = "audit",
    mixinStandardHelpOptions = true,
    description = {
      "Proves from the topics alone that nothing was lost or done twice.",
      "",
      "Tasks of each run: issued = trained + filtered + expired + failed + evaluated + open, task"
          + " by",
      "task: issued and published once, resolved once at most, trained on the group that the"
          + " ledger",
      "names and on none staler than the run allows, in an unbroken chain of steps and versions.",
      "Documents: received = indexed + rejected + deleted + in flight, each by its newest"
          + " revision.",
      "Dead letters by stage and reason."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:it adds up",
      "1:it does not (each offender is named), or it could not be looked at in time",
      "2:wrong usage"
    })
final class AuditCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @ParentCommand private Main millrace;

  @Option(names = "--run", paramLabel = "NAME", description = "Tasks of this run only.")
  private String run;

  @Option(names = "--tasks", description = "Tasks only (with --documents: both).")
  private boolean tasks;

  @Option(names = "--documents", description = "Documents only (with --tasks: both).")
  private boolean documents;

  @Option(
      names = "--deadline",
      paramLabel = "TIME",
      description = "Give up after this time (default: ${DEFAULT-VALUE}).",
      defaultValue = "10m")
  private String deadline;

  @Option(
      names = "--grace",
      paramLabel = "TIME",
      description =
          "How long something that looks lost is waited for while the system works (default:"
              + " ${DEFAULT-VALUE}).",
      defaultValue = "5s")
  private String grace;

  @Option(
      names = "--list",
      paramLabel = "N",
      description = "Problems of one kind that are named (default: ${DEFAULT-VALUE}).",
      defaultValue = "20")
  private int list;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() {
    if (list < 1) {
      throw new ParameterException(spec.commandLine(), "--list must be 1 or more: " + list);
    }
    Duration patience = Times.parse("--grace", grace);
    long end = System.nanoTime() + Times.parse("--deadline", deadline).toNanos();
    boolean withTasks = tasks || run != null || !documents;
    boolean withDocuments = documents || (!tasks && run == null);
    StageContext context = Servers.context(millrace);
    Audits audits;
    try (var progress = new AuditTicker(System.err, Terminal.isInteractive() && !json)) {
      audits =
          new Audits(
              withTasks
                  ? Optional.of(tasks(context, limits(end, patience), progress))
                  : Optional.empty(),
              withDocuments
                  ? Optional.of(new DocumentAudit(context, limits(end, patience)).run(progress))
                  : Optional.empty(),
              new DeadLetterAudit(context, limits(end, patience)).run(progress));
    } catch (AuditDeadlineException e) {
      throw new CommandFailure(e.getMessage() + " with --deadline", e);
    } catch (RetriableException e) {
      throw Servers.away(context, e);
    }
    if (!audits.found()) {
      throw Servers.noTopics(context);
    }
    print(audits);
    return audits.addUp() ? 0 : 1;
  }

  private AuditLimits limits(long end, Duration patience) {
    long left = Math.max(1, end - System.nanoTime());
    return new AuditLimits(Duration.ofNanos(left), patience, list);
  }

  private TaskReport tasks(StageContext context, AuditLimits limits, AuditTicker progress) {
    var audit = new TaskAudit(context, Optional.ofNullable(run), limits);
    TaskReport report = audit.run(progress);
    if (run != null && !audit.knownRuns().contains(run)) {
      throw new ParameterException(
          spec.commandLine(),
          "--run names no run of the ledger: '%s'; there %s"
              .formatted(
                  run,
                  audit.knownRuns().isEmpty()
                      ? "is none"
                      : "are " + String.join(", ", audit.knownRuns())));
    }
    return report;
  }

  private void print(Audits audits) {
    var screen = new Screen(System.out);
    if (json) {
      ObjectNode node = audits.json();
      screen.line(node.toPrettyString());
    } else {
      new AuditPrinter(screen).print(audits);
    }
  }
}
