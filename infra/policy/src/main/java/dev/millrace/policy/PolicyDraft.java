package dev.millrace.policy;

import dev.millrace.contracts.avro.WeightsKind;
import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.decoder.DecoderWeights;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * A version to be published.
 *
 * @param policy letters, digits, '.', '_', '-'
 * @param version larger than every version of the policy so far, 0 or more
 * @param run who made it; with {@code step} it finds the entry in the ledger
 * @param kind what the tensors are
 * @param baseVersion what an adapter or a delta applies to, otherwise null
 * @param type how they are published
 * @param tensors floating tensors; may be views of live memory, which must then stand still until
 *     {@link PolicyPublisher#publish} returns
 * @param files what travels with them
 */
public record PolicyDraft(
    String policy,
    long version,
    String run,
    long step,
    WeightsKind kind,
    Long baseVersion,
    WeightsType type,
    List<Tensor> tensors,
    PolicyFiles files) {

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

  public PolicyDraft {
    requireName(policy);
    if (version < 0) {
      throw new IllegalArgumentException("version of " + policy + " is negative: " + version);
    }
    Objects.requireNonNull(run, "run");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(files, "files");
    tensors = List.copyOf(tensors);
    if ((kind == WeightsKind.FULL) != (baseVersion == null)) {
      throw new IllegalArgumentException(
          "version %d of %s is %s and applies to %s"
              .formatted(version, policy, kind, baseVersion == null ? "nothing" : baseVersion));
    }
  }

  /** All weights of a model, as they are now. */
  public static PolicyDraft full(
      String policy,
      long version,
      String run,
      long step,
      DecoderWeights weights,
      PolicyFiles files,
      WeightsType type) {
    return new PolicyDraft(
        policy, version, run, step, WeightsKind.FULL, null, type, weights.tensors(), files);
  }

  /**
   * @throws IllegalArgumentException if it cannot be the name of a policy
   */
  static String requireName(String policy) {
    if (!NAME.matcher(policy).matches()) {
      throw new IllegalArgumentException(
          "policy '"
              + policy
              + "': a name has letters, digits, '.', '_' and '-' only, begins with a letter or"
              + " digit and is at most 100 long");
    }
    return policy;
  }
}
