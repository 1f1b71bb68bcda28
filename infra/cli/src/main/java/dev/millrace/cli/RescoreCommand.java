package dev.millrace.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
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
import picocli.CommandLine.Mixin;
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

  @Mixin private GroupOptions groups;

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
    groups.check(spec, limit);
    if (out != null && Files.exists(out)) {
      throw new ParameterException(
          spec.commandLine(), "--out: " + out + " exists: name a file that does not");
    }
    System.setProperty("ai.djl.offline", "true");
    StageContext context = Servers.context(millrace);
    Optional<Path> file =
        Optional.ofNullable(profiles)
            .or(() -> context.settings().optional("millrace.reward.profiles").map(Path::of));
    Duration deadline = context.settings().duration("millrace.reward.deadline");
    try (Rescorer rescorer = Rescorer.open(file, Optional.ofNullable(profile), deadline, AT_ONCE)) {
      var comparison = new ScoreComparison();
      rescore(rescorer, find(context), comparison);
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

  private List<SampledGroup> find(StageContext context) {
    try (SampleLog samples = SampleLog.open(context)) {
      return groups.find(spec, samples, OptionalDouble.empty(), limit).groups();
    }
  }

  private void rescore(Rescorer rescorer, List<SampledGroup> found, ScoreComparison comparison)
      throws InterruptedException {
    try (ExecutorService threads =
            Executors.newFixedThreadPool(
                AT_ONCE, Thread.ofPlatform().name("rescore-", 0).daemon().factory());
        BufferedWriter lines = out == null ? null : open(out)) {
      List<Future<Rescored>> results = new ArrayList<>();
      for (SampledGroup group : found) {
        results.add(threads.submit(() -> rescorer.score(group.scored().getGroup())));
      }
      for (int i = 0; i < results.size(); i++) {
        Rescored result = results.get(i).get();
        comparison.add(found.get(i).scored(), result);
        if (lines != null) {
          ObjectNode line = ScoreComparison.line(found.get(i).scored(), result);
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
