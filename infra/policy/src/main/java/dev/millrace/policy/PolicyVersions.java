package dev.millrace.policy;

import dev.millrace.contracts.avro.PolicyVersion;
import dev.millrace.runtime.StageContext;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What has been published: the manifests in the log, read anew at every call. */
public final class PolicyVersions {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final ManifestLog log;

  public PolicyVersions(StageContext context) {
    this.log = new ManifestLog(context);
  }

  /**
   * The versions of all policies, by policy, then by number.
   *
   * @throws PolicyException if they cannot be read in time
   * @throws org.apache.kafka.common.KafkaException if Kafka does not answer
   */
  public List<PolicyVersion> all() {
    return log.readAll(OptionalLong.empty(), Deadline.in(PATIENCE)).values().stream()
        .flatMap(versions -> versions.values().stream())
        .toList();
  }

  /** The versions of one policy, the oldest first; none if it was never published. */
  public List<PolicyVersion> of(String policy) {
    return all().stream().filter(manifest -> manifest.getPolicy().equals(policy)).toList();
  }

  /** The newest version of one policy. */
  public Optional<PolicyVersion> newest(String policy) {
    return of(policy).stream().reduce((older, newer) -> newer);
  }

  /** One version of one policy. */
  public Optional<PolicyVersion> find(String policy, long version) {
    return of(policy).stream().filter(manifest -> manifest.getVersion() == version).findFirst();
  }

  /**
   * The version that an adapter or a delta applies to.
   *
   * @throws PolicyException if it is not in the log any more
   */
  PolicyVersion base(PolicyVersion of) {
    return find(of.getPolicy(), of.getBaseVersion())
        .orElseThrow(
            () ->
                new PolicyException(
                    PolicyException.Reason.PRUNED,
                    "%s applies to version %d, which is not in the log"
                        .formatted(Manifests.describe(of), of.getBaseVersion())));
  }

  /**
   * The version whose manifest has the files of the model: this one, or what it applies to.
   *
   * @throws PolicyException if that is not in the log any more
   */
  public PolicyVersion withFiles(PolicyVersion manifest) {
    PolicyVersion at = manifest;
    while (at.getBaseVersion() != null && at.getBaseVersion() < at.getVersion()) {
      at = base(at);
    }
    return at;
  }
}
