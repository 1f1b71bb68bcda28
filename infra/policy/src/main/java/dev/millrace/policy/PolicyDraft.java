package dev.millrace.policy;

import dev.millrace.models.checkpoint.Tensor;
import dev.millrace.models.checkpoint.TensorDigest;
import dev.millrace.models.decoder.DecoderWeights;
import dev.millrace.models.train.Lora;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A version to be published: all weights of a model, or an adapter of weights that were published
 * before.
 *
 * @param policy letters, digits, '.', '_', '-'
 * @param version larger than every version of the policy so far, 0 or more
 * @param run who made it; with {@code step} it finds the entry in the ledger
 * @param adapterOf what the tensors adapt; empty: they are all weights
 * @param type how they are published
 * @param tensors floating tensors; may be views of live memory, which must then stand still until
 *     {@link PolicyPublisher#publish} returns
 * @param files of the model; those of an adapter's base travel with that
 * @param deltas how many versions may follow a whole one as their difference from it
 */
public record PolicyDraft(
    String policy,
    long version,
    String run,
    long step,
    Optional<AdapterOf> adapterOf,
    WeightsType type,
    List<Tensor> tensors,
    PolicyFiles files,
    int deltas) {

  /**
   * What an adapter belongs to, and how it was made.
   *
   * @param version of the same policy
   * @param sha256 of that version's manifest
   */
  public record AdapterOf(long version, String sha256, Lora.Settings settings) {

    public AdapterOf {
      Objects.requireNonNull(sha256, "sha256");
      Objects.requireNonNull(settings, "settings");
    }

    /**
     * @param version of the same policy, in which these weights were published
     * @param type in which they were published
     */
    public static AdapterOf of(
        long version, DecoderWeights weights, WeightsType type, Lora.Settings settings) {
      List<Tensor> published =
          weights.tensors().stream().map(tensor -> CastTensor.of(tensor, type)).toList();
      return new AdapterOf(version, TensorDigest.sha256(published), settings);
    }
  }

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

  public PolicyDraft {
    requireName(policy);
    if (version < 0) {
      throw new IllegalArgumentException("version of " + policy + " is negative: " + version);
    }
    Objects.requireNonNull(run, "run");
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(files, "files");
    tensors = List.copyOf(tensors);
    adapterOf.ifPresent(
        base -> {
          if (base.version() < 0 || base.version() >= version) {
            throw new IllegalArgumentException(
                "version %d of %s cannot adapt version %d"
                    .formatted(version, policy, base.version()));
          }
        });
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
        policy, version, run, step, Optional.empty(), type, weights.tensors(), files, 0);
  }

  /**
   * An adapter, as it is now. It is small, and travels in float32 whatever its base does.
   *
   * @param of the version that holds the weights below it
   * @param files of the model
   */
  public static PolicyDraft adapter(
      String policy,
      long version,
      String run,
      long step,
      AdapterOf of,
      List<Tensor> tensors,
      PolicyFiles files) {
    return new PolicyDraft(
        policy, version, run, step, Optional.of(of), WeightsType.FLOAT32, tensors, files, 0);
  }

  /** The same; up to so many versions may follow a whole one as their difference from it. */
  public PolicyDraft withDeltas(int most) {
    return new PolicyDraft(policy, version, run, step, adapterOf, type, tensors, files, most);
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
