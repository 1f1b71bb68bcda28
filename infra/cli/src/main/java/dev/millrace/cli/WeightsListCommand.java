package dev.millrace.cli;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.policy.PolicyException;
import dev.millrace.policy.PolicyVersions;
import dev.millrace.runtime.StageContext;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;

/** {@code weights list}. */
@Command(
    name = "list",
    mixinStandardHelpOptions = true,
    description = "Lists the versions that the log holds, the oldest first.")
final class WeightsListCommand implements Callable<Integer> {

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

  @ParentCommand private WeightsCommand weights;

  @Option(names = "--policy", paramLabel = "NAME", description = "Of this policy only.")
  private String policy;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public Integer call() {
    StageContext context = Servers.context(weights.millrace());
    try {
      var versions = new PolicyVersions(context);
      print(policy == null ? versions.all() : versions.of(policy));
      return 0;
    } catch (KafkaException e) {
      throw Servers.away(context, e);
    } catch (PolicyException e) {
      throw new CommandFailure(e.getMessage(), e);
    }
  }

  private void print(List<PolicyVersion> versions) {
    var screen = new Screen(System.out);
    if (json) {
      var array = Api.JSON.createArrayNode();
      for (PolicyVersion version : versions) {
        array
            .addObject()
            .put("policy", version.getPolicy())
            .put("version", version.getVersion())
            .put("run", version.getRun())
            .put("step", version.getStep())
            .put("kind", version.getKind().name().toLowerCase(Locale.ROOT))
            .put("base", version.getBaseVersion())
            .put("dtype", version.getDtype())
            .put("tensors", version.getTensors().size())
            .put("bytes", version.getBytes())
            .put("sha256", version.getSha256())
            .put("published_at", Instant.ofEpochMilli(version.getPublishedAt()).toString());
      }
      screen.line(array.toPrettyString());
      return;
    }
    if (versions.isEmpty()) {
      screen.line(policy == null ? "nothing is published" : "nothing is published of " + policy);
      return;
    }
    var table =
        new Table("policy", "version", "published", "run", "step", "kind", "dtype", "MB", "sha256");
    for (PolicyVersion version : versions) {
      table.row(
          version.getPolicy(),
          version.getVersion(),
          TIME.format(Instant.ofEpochMilli(version.getPublishedAt())),
          version.getRun(),
          version.getStep(),
          kind(version),
          version.getDtype(),
          version.getBytes() / 1e6,
          version.getSha256().substring(0, Math.min(12, version.getSha256().length())));
    }
    table.print(screen);
  }

  private static String kind(PolicyVersion version) {
    return switch (version.getKind()) {
      case FULL -> "whole";
      case ADAPTER -> "adapter of " + version.getBaseVersion();
      case DELTA -> "delta to " + version.getBaseVersion();
    };
  }
}
