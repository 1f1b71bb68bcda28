package dev.millrace.cli;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.contracts.avro.WeightsKind;
import dev.millrace.policy.PolicyDirectories;
import dev.millrace.policy.PolicyException;
import dev.millrace.policy.PolicyVersions;
import dev.millrace.runtime.StageContext;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code weights export VERSION DIR}. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    description = {
      "Writes a version as a Hugging Face directory, which appears whole or not at all. Of a run",
      "that trains an adapter, that is the adapter (adapter_config.json and its safetensors)."
    })
final class WeightsExportCommand implements Callable<Integer> {

  private static final String NEWEST = "newest";

  @Spec private CommandSpec spec;

  @ParentCommand private WeightsCommand weights;

  @Parameters(index = "0", paramLabel = "VERSION", description = "Its number, or newest.")
  private String version;

  @Parameters(index = "1", paramLabel = "DIR", description = "Where to; must not exist yet.")
  private Path target;

  @Option(
      names = "--policy",
      paramLabel = "NAME",
      description = "Of this policy; needed when there are several.")
  private String policy;

  @Option(
      names = "--merged",
      description = "Of an adapter: the whole model that it makes of its base, in float32.")
  private boolean merged;

  @Override
  public Integer call() {
    if (!version.equals(NEWEST) && !version.matches("\\d{1,18}")) {
      throw wrong("VERSION must be a number or newest: '" + version + "'");
    }
    if (Files.exists(target) && !isEmptyFolder(target)) {
      throw wrong(target + " exists: name a folder that does not");
    }
    StageContext context = Servers.context(weights.millrace());
    try {
      PolicyVersion chosen = choose(new PolicyVersions(context).all());
      if (merged && chosen.getKind() != WeightsKind.ADAPTER) {
        throw wrong("version " + chosen.getVersion() + " is whole: leave --merged out");
      }
      var directories = new PolicyDirectories(context);
      if (merged) {
        directories.exportMerged(chosen, target);
      } else {
        directories.exportTo(chosen, target);
      }
      new Screen(System.out)
          .line(
              "version %d of %s, %s, is in %s"
                  .formatted(chosen.getVersion(), chosen.getPolicy(), what(chosen), target));
      return 0;
    } catch (KafkaException e) {
      throw Servers.away(context, e);
    } catch (PolicyException e) {
      throw new CommandFailure(e.getMessage(), e);
    }
  }

  private String what(PolicyVersion chosen) {
    String size = "%.1f MB in %s".formatted(chosen.getBytes() / 1e6, chosen.getDtype());
    return switch (chosen.getKind()) {
      case FULL -> size;
      case DELTA -> "whole again from its difference to version " + chosen.getBaseVersion();
      case ADAPTER ->
          (merged ? "merged into version %d" : "an adapter of version %d, " + size)
              .formatted(chosen.getBaseVersion());
    };
  }

  private PolicyVersion choose(List<PolicyVersion> all) {
    List<String> policies = all.stream().map(PolicyVersion::getPolicy).distinct().toList();
    if (policies.isEmpty()) {
      throw new CommandFailure("nothing is published: train first, or import a model");
    }
    if (policy == null && policies.size() > 1) {
      throw wrong("there are several policies, name one with --policy: " + names(policies));
    }
    String name = policy == null ? policies.getFirst() : policy;
    List<PolicyVersion> own = all.stream().filter(v -> v.getPolicy().equals(name)).toList();
    if (own.isEmpty()) {
      throw wrong(
          "--policy names none that was published: '" + name + "'; there are " + names(policies));
    }
    if (version.equals(NEWEST)) {
      return own.getLast();
    }
    return own.stream()
        .filter(v -> String.valueOf(v.getVersion()).equals(version))
        .findFirst()
        .orElseThrow(
            () ->
                wrong(
                    "the log holds versions %d to %d of %s, not %s; older ones are pruned"
                        .formatted(
                            own.getFirst().getVersion(),
                            own.getLast().getVersion(),
                            name,
                            version)));
  }

  private static String names(List<String> policies) {
    return policies.stream().sorted().collect(Collectors.joining(", "));
  }

  private static boolean isEmptyFolder(Path path) {
    try (Stream<Path> inside = Files.list(path)) {
      return inside.findAny().isEmpty();
    } catch (java.io.IOException e) {
      return false; // no folder, or none that we may look into
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
