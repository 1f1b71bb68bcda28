package dev.millrace.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.millrace.contracts.avro.StepKind;
import dev.millrace.contracts.avro.TrainingStep;
import dev.millrace.devstack.ChildDeath;
import dev.millrace.ingest.cli.Terminal;
import dev.millrace.learner.run.RunFile;
import dev.millrace.learner.run.RunSettings;
import dev.millrace.learner.run.SettingsDifference;
import dev.millrace.monitor.audit.AuditLimits;
import dev.millrace.monitor.audit.AuditProgress;
import dev.millrace.monitor.audit.TaskAudit;
import dev.millrace.monitor.audit.TaskReport;
import dev.millrace.monitor.ledger.CurvePoint;
import dev.millrace.monitor.ledger.LedgerCurve;
import dev.millrace.monitor.ledger.LedgerTail;
import dev.millrace.runtime.RetriableException;
import dev.millrace.runtime.SettingsException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code train}: runs a learner, shows how it learns, and says whether it all adds up. */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    description = {
      "Teaches a policy as a file of settings says, and shows the curve until the run has ended.",
      "Joins what runs from --data, or the servers that are named; starts what is missing.",
      "Ctrl-C stops it in good order; the same command again goes on where it stopped."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the run has ended, reached its goal or made all its steps, and every task is accounted"
          + " for",
      "1:it has not",
      "2:wrong usage or settings"
    })
final class TrainCommand implements Callable<Integer> {

  private static final int POINTS = 2_000;
  private static final Duration POLL = Duration.ofMillis(250);
  private static final Duration LAST_WORD = Duration.ofMinutes(2);

  @Spec private CommandSpec spec;

  @ParentCommand private Main millrace;

  @Parameters(paramLabel = "CONFIG", description = "The run's settings, YAML or JSON.")
  private Path config;

  @Option(names = "--dry-run", description = "Print the settings with all defaults, and stop.")
  private boolean dryRun;

  @Option(
      names = "--every",
      paramLabel = "N",
      description = "Without a terminal: a line every N updates (default: ${DEFAULT-VALUE}).",
      defaultValue = "10")
  private int every;

  @Override
  public Integer call() throws InterruptedException {
    if (every < 1) {
      throw new ParameterException(spec.commandLine(), "--every must be 1 or more: " + every);
    }
    RunSettings run = RunFile.read(config);
    if (dryRun) {
      System.out.print(Yaml.of(run.resolved()));
      System.out.flush();
      return 0;
    }
    var screen = new Screen(System.out);
    var death = new AtomicReference<ChildDeath>();
    try (var system =
            TrainingSystem.start(
                millrace.servers(), screen, one -> death.compareAndSet(null, one));
        var tail = LedgerTail.of(system.context(), run.run())) {
      var curve = new LedgerCurve(POINTS);
      Optional<TrainingStep> end = past(tail, curve, run);
      if (end.isPresent()) {
        screen.step(
            "run " + run.run() + " has ended already; another name in the file begins anew");
      } else {
        curve
            .last()
            .ifPresent(
                point ->
                    screen.step("run %s goes on after step %d".formatted(run.run(), point.step())));
        system.startLearner(config);
        end = Optional.of(follow(system, tail, curve, run, screen, death));
      }
      return conclude(system, run, curve, end.get(), screen);
    } catch (RetriableException e) {
      throw new CommandFailure(e.getMessage(), e);
    }
  }

  /**
   * Reads what the run has done before, and refuses to go on with other settings than it began
   * with. Returns the run's end, if it has come.
   */
  private Optional<TrainingStep> past(LedgerTail tail, LedgerCurve curve, RunSettings run) {
    TrainingStep last = null;
    do {
      for (TrainingStep entry : tail.poll(POLL)) {
        if (entry.getKind() == StepKind.START) {
          requireSame(run, entry);
        }
        curve.add(entry);
        last = entry;
      }
    } while (!tail.isAtEnd());
    return Optional.ofNullable(last).filter(entry -> entry.getKind() == StepKind.END);
  }

  private void requireSame(RunSettings run, TrainingStep start) {
    try {
      RunSettings began = RunSettings.parse(Api.JSON.readTree(start.getSettings()));
      SettingsDifference.first(run, began)
          .ifPresent(
              difference -> {
                throw new SettingsException(
                    "%s: run %s has begun with other settings: %s; put them back, or give the run another name"
                        .formatted(config, run.run(), difference));
              });
    } catch (JsonProcessingException e) {
      throw new CommandFailure("the START entry of run " + run.run() + " cannot be read", e);
    }
  }

  private TrainingStep follow(
      TrainingSystem system,
      LedgerTail tail,
      LedgerCurve curve,
      RunSettings run,
      Screen screen,
      AtomicReference<ChildDeath> death)
      throws InterruptedException {
    var plan = new CurveView.Plan(run.run(), run.steps(), run.stop().accuracy());
    var watch = new LearnerWatch(system);
    try (CurveView view =
        Terminal.isInteractive()
            ? new LiveCurve(System.out, screen, plan)
            : new CurveLines(screen, every)) {
      while (true) {
        for (TrainingStep entry : tail.poll(POLL)) {
          CurvePoint point = curve.add(entry);
          view.show(point, curve);
          if (entry.getKind() == StepKind.END) {
            return entry;
          }
        }
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        if (system.isStopping()) {
          view.note(
              "stopping"
                  + curve
                      .last()
                      .map(point -> "; the same command goes on after step " + point.step())
                      .orElse(""));
          Thread.sleep(LAST_WORD); // this process is ending
        }
        if (death.get() != null) {
          throw new CommandFailure(death.get().sentence() + "\n" + death.get().tail());
        }
        watch.news().ifPresent(view::note);
      }
    }
  }

  private int conclude(
      TrainingSystem system, RunSettings run, LedgerCurve curve, TrainingStep end, Screen screen) {
    screen.step(
        "run %s has ended at step %d, version %d: %s"
            .formatted(
                run.run(),
                end.getStep(),
                end.getVersionAfter(),
                end.getDetail() == null ? "no reason given" : Printable.of(end.getDetail())));
    TaskReport report =
        new TaskAudit(system.context(), Optional.of(run.run()), AuditLimits.DEFAULT)
            .run(AuditProgress.SILENT);
    new AuditPrinter(screen).print(Audits.of(report));
    boolean reached = RunGoal.of(run).isMetBy(curve);
    if (!reached) {
      screen.line(screen.bad("The goal was not reached: ") + RunGoal.of(run) + ".");
    }
    return reached && report.addsUp() ? 0 : 1;
  }
}
