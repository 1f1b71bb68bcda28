package dev.millrace.cli;

import dev.millrace.ingest.cli.Terminal;
import dev.millrace.learner.LearnerSettings;
import dev.millrace.learner.engine.StepReplay;
import dev.millrace.learner.replay.Replay;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.runtime.RetriableException;
import dev.millrace.runtime.Settings;
import dev.millrace.runtime.StageContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code replay}: makes steps again from the log and compares what comes out. */
@Command(
    name = "replay",
    mixinStandardHelpOptions = true,
    description = {
      "Makes a step of a run again from the groups that the ledger names, and compares the sha256"
          + " of",
      "weights and optimizer with the ledger. Writes nothing; the run may be going on."
    },
    footer = {
      "",
      "The hashes are equal, bit by bit, when the step is made again",
      "  - on the CPU, with the same libtorch, on the same kind of CPU: the same instruction sets",
      "    (AVX2, AVX-512) choose the same kernels,",
      "  - with the same number of threads (MILLRACE_TORCH_THREADS; else by the model's size and"
          + " the",
      "    machine's cores), since sums are cut up by threads,",
      "  - in float32 and without a GPU.",
      "On another machine a difference in the last bits is no fault, and says nothing about the"
          + " run."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:bit by bit the same", "1:not the same, or not possible", "2:wrong usage"})
final class ReplayCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @ParentCommand private Main millrace;

  @Option(names = "--run", required = true, paramLabel = "NAME", description = "Of this run.")
  private String run;

  @ArgGroup(multiplicity = "1")
  private What what;

  /** Which steps. */
  static final class What {
    @Option(names = "--step", paramLabel = "N", description = "This entry of the ledger.")
    private Long step;

    @Option(
        names = "--all",
        description = "The whole run from its start, without snapshots in between.")
    private boolean all;
  }

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() {
    System.setProperty("ai.djl.offline", "true");
    StageContext context = context();
    if (Terminal.isInteractive() && !json) {
      System.err.println("reading the run and making it again, about as fast as it was trained");
    }
    try {
      var replay =
          new Replay(context, LearnerSettings.from(context.settings()), TorchRuntime.cpu());
      StepReplay result = what.all ? replay.all(run) : replay.step(run, what.step);
      print(new Screen(System.out), result);
      return result.same() ? 0 : 1;
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    } catch (KafkaException | RetriableException e) {
      throw Servers.away(context, e);
    }
  }

  /** With the snapshots where {@code train} has them. */
  private StageContext context() {
    ServerOptions servers = millrace.servers();
    Settings settings = servers.settings();
    if (servers.pointsElsewhere("millrace.learner.snapshots")) {
      return StageContext.of(settings, new SimpleMeterRegistry());
    }
    Map<String, String> all = new TreeMap<>();
    settings.below("millrace.").forEach((key, value) -> all.put("millrace." + key, value));
    all.put("millrace.learner.snapshots", servers.data().resolve("snapshots").toString());
    return StageContext.of(Settings.of(all), new SimpleMeterRegistry());
  }

  private void print(Screen screen, StepReplay result) {
    if (json) {
      var node =
          Api.JSON
              .createObjectNode()
              .put("run", result.run())
              .put("step", result.step())
              .put("kind", result.kind().name())
              .put("rebuilt_from", result.rebuiltFrom())
              .put("same", result.same())
              .put("expected", result.expected())
              .put("computed", result.computed())
              .put("computed_optimizer", result.computedOptimizer());
      result.expectedOptimizer().ifPresent(hash -> node.put("expected_optimizer", hash));
      result.firstDifference().ifPresent(step -> node.put("first_difference", step));
      screen.line(node.toPrettyString());
      return;
    }
    screen.line(
        "run %s, step %d (%s), made again from the state after step %d"
            .formatted(result.run(), result.step(), result.kind(), result.rebuiltFrom()));
    new Table("", "expected", "computed")
        .row("weights", result.expected(), result.computed())
        .row("optimizer", result.expectedOptimizer().orElse("-"), result.computedOptimizer())
        .print(screen);
    if (result.same()) {
      screen.line(screen.good("The same, bit by bit."));
    } else {
      screen.line(
          screen.bad("Not the same")
              + result
                  .firstDifference()
                  .map(step -> ": the first step that came out differently is " + step)
                  .orElse("")
              + "; --help says when equality is to be expected.");
    }
  }
}
