package dev.millrace.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.millrace.learner.preference.PairCounts;
import dev.millrace.learner.preference.PairEpoch;
import dev.millrace.learner.preference.PairKind;
import dev.millrace.learner.preference.PairListener;
import dev.millrace.learner.preference.PairReport;
import dev.millrace.learner.preference.PairRun;
import dev.millrace.learner.preference.PairRunSettings;
import dev.millrace.learner.preference.PairTrainingException;
import dev.millrace.models.script.TorchRuntime;
import dev.millrace.policy.PolicyDirectories;
import dev.millrace.policy.PolicyException;
import dev.millrace.runtime.RetriableException;
import dev.millrace.runtime.StageContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/** {@code train-pairs}: a reward model, or a policy by DPO, from pairs of answers. */
@Command(
    name = "train-pairs",
    mixinStandardHelpOptions = true,
    description = {
      "Trains a reward model, or a policy by DPO, on pairs of answers of which one is better.",
      "Pairs come from a JSONL file (prompt, chosen, rejected) or from the feedback of readers."
    },
    footer = {
      "",
      "  kind: reward-model            # or dpo",
      "  start: {directory: ./model}   # or published: {policy: NAME, version: N}",
      "  pairs: {file: pairs.jsonl}    # or feedback: {models: [policy]}",
      "  output: {directory: ./reward} # dpo: or policy: NAME, whose next version it becomes"
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:trained", "1:could not be done", "2:wrong usage, settings or pairs"})
final class TrainPairsCommand implements Callable<Integer> {

  private static final long LINES = 20;

  @ParentCommand private Main millrace;

  @Parameters(paramLabel = "CONFIG", description = "The settings, YAML or JSON.")
  private Path config;

  @Option(names = "--dry-run", description = "Print the settings with all defaults, and stop.")
  private boolean dryRun;

  @Option(names = "--json", description = "Print JSON, when all is done.")
  private boolean json;

  @Override
  public Integer call() {
    PairRunSettings settings = PairRunSettings.read(config);
    if (dryRun) {
      System.out.print(Yaml.of(settings.resolved()));
      System.out.flush();
      return 0;
    }
    System.setProperty("ai.djl.offline", "true");
    StageContext context = Servers.context(millrace);
    try {
      train(context, settings);
      return 0;
    } catch (KafkaException | RetriableException e) {
      throw Servers.away(context, e);
    } catch (PairTrainingException | PolicyException e) {
      throw new CommandFailure(e.getMessage(), e);
    }
  }

  private void train(StageContext context, PairRunSettings settings) {
    var screen = new Screen(System.out);
    String policy = settings.output().policy();
    if (policy != null) {
      UnendedRun.of(context, policy).ifPresent(run -> refuse(run, policy));
    }
    Path target = settings.output().directory() == null ? temporary() : null;
    try {
      Path directory = target == null ? Path.of(settings.output().directory()) : target;
      PairListener listener = json ? new PairListener() {} : new Lines(screen);
      PairReport report =
          new PairRun(context, settings, TorchRuntime.preferred(line -> {}))
              .into(directory, listener);
      Long version =
          policy == null
              ? null
              : new PolicyDirectories(context)
                  .importFrom(directory, policy)
                  .manifest()
                  .getVersion();
      conclude(screen, settings, report, version);
    } finally {
      if (target != null) {
        delete(target);
      }
    }
  }

  private static void refuse(String run, String policy) {
    throw new CommandFailure(
        "run %s, which publishes %s, has not ended: its learner would be shut out and stop; name another output.policy"
            .formatted(run, policy));
  }

  private void conclude(Screen screen, PairRunSettings settings, PairReport report, Long version) {
    if (json) {
      ObjectNode node = report.json();
      if (version != null) {
        node.put("version", version);
      }
      screen.line(node.toPrettyString());
      return;
    }
    String directory = settings.output().directory();
    if (version != null) {
      screen.step(
          "it is version %d of %s: workers and the chat endpoint adopt it"
              .formatted(version, settings.output().policy()));
    }
    if (directory != null) {
      screen.step("%s is written".formatted(directory));
    }
    if (settings.kind() == PairKind.REWARD_MODEL) {
      screen.line(
          "Name it in a reward profile: {\"reward\": \"learned\", \"model\": \"%s\"}"
              .formatted(Path.of(directory).toAbsolutePath().normalize()));
    }
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("millrace-pairs-");
    } catch (IOException e) {
      throw new UncheckedIOException("no folder for the model: " + e.getMessage(), e);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> tree = Files.walk(folder)) {
      for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(folder + " cannot be removed: " + e.getMessage(), e);
    }
  }

  /** How it goes, in some twenty lines. */
  private record Lines(Screen screen) implements PairListener {

    @Override
    public void pairs(PairCounts counts) {
      screen.step(counts.describe());
      if (counts.heldOut() == 0) {
        screen.step("no pair is held out: nothing will say how good it is");
      }
    }

    @Override
    public void step(long step, long steps, double loss) {
      long every = Math.max(1, steps / LINES);
      if (step % every == 0 || step == 1) {
        screen.step(String.format(Locale.ROOT, "step %d of %d, loss %.3f", step, steps, loss));
      }
    }

    @Override
    public void epoch(PairEpoch epoch) {
      String accuracy =
          epoch.heldOutAccuracy() == null
              ? ""
              : String.format(
                  Locale.ROOT, ", held-out pairs ranked right %.3f", epoch.heldOutAccuracy());
      screen.step(
          String.format(Locale.ROOT, "epoch %d, loss %.3f", epoch.epoch(), epoch.loss())
              + accuracy);
    }
  }
}
