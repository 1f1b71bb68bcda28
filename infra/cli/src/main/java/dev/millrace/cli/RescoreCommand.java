package dev.millrace.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.contracts.avro.Purpose;
import dev.millrace.monitor.samples.SampleFilter;
import dev.millrace.monitor.samples.SampleLog;
import dev.millrace.monitor.samples.SampledGroup;
import dev.millrace.reward.Rescorer;
import dev.millrace.reward.Rescorer.Rescored;
import dev.millrace.runtime.RetriableException;
import dev.millrace.runtime.StageContext;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code rescore}: what other rewards would have said of answers that the log holds. */
@Command(
    name = "rescore",
    mixinStandardHelpOptions = true,
    description = {
      "Scores logged answers with other rewards, without sampling them again, and compares.",
      "Writes nothing to any topic: the run's scores and accounts stay as they are."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every group was scored",
      "1:some could not be, or there are none",
      "2:wrong usage or profiles"
    })
final class RescoreCommand implements Callable<Integer> {

  private static final int AT_ONCE = 8;

  @Spec private CommandSpec spec;

  @ParentCommand private Main millrace;

  @Option(
      names = "--profiles",
      paramLabel = "FILE",
      description =
          "JSON of reward profiles, which go before the built-in ones (default:"
              + " millrace.reward.profiles).")
  private Path profiles;

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      description = "Score all groups by this profile (default: each by that of its prompt).")
  private String profile;

  @Option(names = "--run", paramLabel = "NAME", description = "Groups of this run.")
  private String run;

  @Option(names = "--step", paramLabel = "N", description = "Those that this step of --run took.")
  private Long step;

  @Option(names = "--tag", paramLabel = "TAG", description = "Whose prompt has this tag.")
  private String tag;

  @Option(
      names = "--purpose",
      paramLabel = "train|eval",
      description = "For training or evaluation.")
  private Purpose purpose;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "The newest N groups (default: ${DEFAULT-VALUE}).",
      defaultValue = "500")
  private int limit;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Write a line of JSON a group, with texts, old and new scores.")
  private Path out;

  @Option(names = "--json", description = "Print the comparison as JSON.")
  private boolean json;

  @Override
  public Integer call() throws InterruptedException {
    if (limit < 1 || limit > 10_000) {
      throw wrong("--limit must be from 1 to 10000: " + limit);
    }
    if (step != null && run == null) {
      throw wrong("--step counts within a run: name the run with --run");
    }
    if (out != null && Files.exists(out)) {
      throw wrong("--out: " + out + " exists: name a file that does not");
    }
    System.setProperty("ai.djl.offline", "true");
    StageContext context = Servers.context(millrace);
    Optional<Path> file =
        Optional.ofNullable(profiles)
            .or(() -> context.settings().optional("millrace.reward.profiles").map(Path::of));
    Duration deadline = context.settings().duration("millrace.reward.deadline");
    try (Rescorer rescorer = Rescorer.open(file, Optional.ofNullable(profile), deadline, AT_ONCE)) {
      var comparison = new ScoreComparison();
      List<SampledGroup> groups = find(context);
      rescore(rescorer, groups, comparison);
      var screen = new Screen(System.out);
      if (json) {
        screen.line(comparison.json().toPrettyString());
      } else {
        comparison.print(screen);
      }
      return comparison.isWhole() ? 0 : 1;
    } catch (KafkaException e) {
      throw Servers.away(context, e);
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  private List<SampledGroup> find(StageContext context) {
    var filter =
        new SampleFilter(
            Optional.ofNullable(run),
            Optional.ofNullable(tag),
            Optional.ofNullable(purpose),
            OptionalDouble.empty());
    try (SampleLog samples = SampleLog.open(context)) {
      if (step == null) {
        return samples.newest(filter, limit, SampleOptions.LIMIT).groups();
      }
      return samples
          .ofStep(run, step, filter, limit, SampleOptions.LIMIT)
          .orElseThrow(() -> wrong("the ledger has no step " + step + " of run " + run))
          .groups();
    }
  }

  private void rescore(Rescorer rescorer, List<SampledGroup> groups, ScoreComparison comparison)
      throws InterruptedException {
    try (ExecutorService threads =
            Executors.newFixedThreadPool(
                AT_ONCE, Thread.ofPlatform().name("rescore-", 0).daemon().factory());
        BufferedWriter lines = out == null ? null : open(out)) {
      List<Future<Rescored>> results = new ArrayList<>();
      for (SampledGroup group : groups) {
        results.add(threads.submit(() -> rescorer.score(group.scored().getGroup())));
      }
      for (int i = 0; i < results.size(); i++) {
        Rescored result = results.get(i).get();
        comparison.add(groups.get(i).scored(), result);
        if (lines != null) {
          ObjectNode line = ScoreComparison.line(groups.get(i).scored(), result);
          lines.write(line.toString());
          lines.newLine();
        }
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RetriableException hanging) {
        throw new CommandFailure(hanging.getMessage(), hanging);
      }
      throw new CommandFailure("a group could not be scored: " + e.getCause(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(out + " cannot be written: " + e.getMessage(), e);
    }
  }

  private static BufferedWriter open(Path file) throws IOException {
    return Files.newBufferedWriter(file, StandardOpenOption.CREATE_NEW);
  }
}
