package dev.millrace.cli;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.models.checkpoint.CheckpointException;
import dev.millrace.policy.PolicyDirectories;
import dev.millrace.policy.PolicyDirectories.Imported;
import dev.millrace.policy.PolicyException;
import dev.millrace.runtime.StageContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code weights import DIR}. */
@Command(
    name = "import",
    mixinStandardHelpOptions = true,
    description = {
      "Publishes a Hugging Face directory as the next version of a policy. Workers and the chat",
      "endpoint adopt it at once. A directory with an adapter becomes one of the weights that the",
      "policy has."
    })
final class WeightsImportCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @ParentCommand private WeightsCommand weights;

  @Parameters(
      paramLabel = "DIR",
      description = "With config.json or adapter_config.json, and safetensors.")
  private Path directory;

  @Option(
      names = "--policy",
      paramLabel = "NAME",
      description = "Whose next version it becomes (default: ${DEFAULT-VALUE}).",
      defaultValue = "policy")
  private String policy;

  @Option(
      names = "--force",
      description = "Also when the policy's run has not ended: its learner is shut out.")
  private boolean force;

  @Override
  public Integer call() {
    if (!Files.isDirectory(directory)) {
      throw new ParameterException(spec.commandLine(), directory + " is not a folder");
    }
    StageContext context = Servers.context(weights.millrace());
    var screen = new Screen(System.out);
    try {
      if (!force) {
        UnendedRun.of(context, policy).ifPresent(this::refuse);
      }
      Imported imported = new PolicyDirectories(context).importFrom(directory, policy);
      PolicyVersion manifest = imported.manifest();
      screen.line(
          "%s is version %d of %s: %.1f MB in %s"
              .formatted(
                  directory,
                  manifest.getVersion(),
                  policy,
                  manifest.getBytes() / 1e6,
                  manifest.getDtype()));
      imported
          .fencedRun()
          .filter(run -> force)
          .ifPresent(run -> screen.line("the learner of run " + run + ", if at work, is shut out"));
      return 0;
    } catch (KafkaException e) {
      throw Servers.away(context, e);
    } catch (PolicyException | CheckpointException | IllegalArgumentException e) {
      throw new CommandFailure(e.getMessage(), e);
    }
  }

  private void refuse(String run) {
    throw new CommandFailure(
        "run %s, which publishes %s, has not ended: its learner would be shut out and stop; import under another --policy, or say --force"
            .formatted(run, policy));
  }
}
