package dev.millrace.ingest.cli;

import dev.millrace.ingest.IngestException;
import dev.millrace.ingest.PromptProducer;
import dev.millrace.ingest.prompt.PromptJson;
import dev.millrace.ingest.prompt.PromptPush;
import dev.millrace.ingest.prompt.PromptPush.Result;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code push prompts FILE...}. */
@Command(
    name = "prompts",
    description = {
      "Push prompts to learn from: JSON lines with text or messages, answer, reward_profile, tags",
      "and held_out, or a data set with fields of its own. Example:",
      "  push prompts train.jsonl --question-field question --answer-after '####' --reward numeric",
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all prompts are in the log",
      "1:some could not be read or sent (each is named), or the log does not answer",
      "2:wrong usage"
    })
public final class PushPromptsCommand implements Callable<Integer> {

  @Parameters(paramLabel = "FILE", arity = "1..*", description = "Files of JSON lines.")
  private List<Path> files;

  @Mixin private PromptOptions options;

  @Spec private CommandSpec spec;

  private final Connections connections;

  public PushPromptsCommand(Connections connections) {
    this.connections = connections;
  }

  @Override
  public Integer call() {
    PromptJson json;
    try {
      json = options.json();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage());
    }
    for (Path file : files) {
      if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
        throw new ParameterException(spec.commandLine(), file + " is not a file that can be read");
      }
    }
    boolean bar = Terminal.isInteractive();
    try (PromptProducer producer = connections.prompts();
        var progress = new PromptProgress(spec.commandLine().getErr(), bar, size())) {
      var push = new PromptPush(producer, json, progress);
      Result result = new Result(0, 0, 0);
      for (Path file : files) {
        result = push(push, file);
      }
      progress.close();
      say(result);
      return result.faults() == 0 ? 0 : 1;
    } catch (IngestException | IOException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return 1;
    }
  }

  private static Result push(PromptPush push, Path file) throws IOException {
    String name = file.getFileName().toString();
    try (InputStream in = Files.newInputStream(file)) {
      return push.run(in, file.toString(), number -> name + "#" + number);
    }
  }

  private long size() {
    return files.stream().mapToLong(file -> file.toFile().length()).sum();
  }

  private void say(Result result) {
    spec.commandLine()
        .getOut()
        .println(
            "%s sent, %,d of them held out%s"
                .formatted(
                    Words.count(result.sent(), "prompt"),
                    result.heldOut(),
                    result.faults() == 0
                        ? ""
                        : String.format(Locale.ROOT, ", %,d failed", result.faults())));
    spec.commandLine().getOut().flush();
  }
}
